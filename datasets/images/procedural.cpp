#include "datasets/images/procedural.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "core/check.h"
#include "core/random.h"
#include "datasets/files/digest.h"
#include "datasets/images/images_in_memory.h"

namespace nibble {
namespace {

// In the order of class_names.
enum class Form {
  disc,
  square,
  triangle,
  cross,
  ring,
  stripes_horizontal,
  stripes_vertical,
  stripes_diagonal,
  checkerboard,
  dots
};

struct Figure {
  Form form = Form::disc;
  float x = 0, y = 0;          // centre, in image sides from the upper left corner
  float radius = 0;            // half its extent
  float cosine = 1, sine = 0;  // of its tilt
  float period = 0;            // of textures
  float phase_u = 0, phase_v = 0;
};

bool odd(float v) { return (static_cast<long>(std::floor(v)) & 1) != 0; }

// Whether the point (x, y) of the image is painted.
bool inside(const Figure& f, float x, float y) {
  const float r = f.radius;
  const float u = f.cosine * (x - f.x) + f.sine * (y - f.y), v = f.cosine * (y - f.y) - f.sine * (x - f.x);
  const float distance = std::sqrt(u * u + v * v), reach = std::max(std::abs(u), std::abs(v));
  // Textures fill a square patch with alternating half periods.
  const float a = 2 * u / f.period + f.phase_u, b = 2 * v / f.period + f.phase_v;
  switch (f.form) {
    case Form::disc:
      return distance < r;
    case Form::square:
      return reach < 0.85f * r;
    case Form::triangle:
      return v < 0.75f * r && std::abs(u) < 0.6f * (v + r);
    case Form::cross:
      return reach < r && std::min(std::abs(u), std::abs(v)) < 0.3f * r;
    case Form::ring:
      return distance < r && distance > 0.55f * r;
    case Form::stripes_horizontal:
      return reach < r && odd(b);
    case Form::stripes_vertical:
      return reach < r && odd(a);
    case Form::stripes_diagonal:
      return reach < r && odd((a + b) * std::numbers::sqrt2_v<float> / 2);
    case Form::checkerboard:
      return reach < r && odd(a) != odd(b);
    case Form::dots: {
      const float du = a / 2 - std::floor(a / 2) - 0.5f, dv = b / 2 - std::floor(b / 2) - 0.5f;
      return reach < r && du * du + dv * dv < 0.33f * 0.33f;
    }
  }
  return false;
}

Figure draw_figure(Form form, Rng& rng) {
  Figure f;
  f.form = form;
  const bool texture = form >= Form::stripes_horizontal;
  f.radius = texture ? rng.uniform(0.3f, 0.5f) : rng.uniform(0.2f, 0.4f);
  f.x = rng.uniform(0.4f, 0.6f);
  f.y = rng.uniform(0.4f, 0.6f);
  const float tilt = rng.uniform(-0.25f, 0.25f);  // radians: 14 degrees
  f.cosine = std::cos(tilt);
  f.sine = std::sin(tilt);
  f.period = rng.uniform(0.22f, 0.36f);
  f.phase_u = rng.uniform(0, 2);
  f.phase_v = rng.uniform(0, 2);
  return f;
}

using Colour = std::array<float, 3>;  // 0 to 255

Colour draw_colour(Rng& rng) { return {rng.uniform(0, 255), rng.uniform(0, 255), rng.uniform(0, 255)}; }

// Far enough from the background to be seen through the noise. Ends: each draw succeeds with a fair chance.
Colour draw_contrasting(const Colour& background, Rng& rng) {
  while (true) {
    const Colour colour = draw_colour(rng);
    float squares = 0;
    for (std::size_t c = 0; c < 3; ++c) squares += (colour[c] - background[c]) * (colour[c] - background[c]);
    if (squares > 90 * 90) return colour;
  }
}

// image: [size, size, 3]
void draw(Form form, long size, Rng rng, std::uint8_t* image) {
  constexpr int kSubpixels = 3;  // per side: edges are smoothed
  const Figure figure = draw_figure(form, rng);
  const Colour background = draw_colour(rng), foreground = draw_contrasting(background, rng);
  const float noise = rng.uniform(5, 30);
  const float light_x = rng.uniform(-50, 50), light_y = rng.uniform(-50, 50);
  const float side = static_cast<float>(size);
  for (long row = 0; row < size; ++row) {
    for (long column = 0; column < size; ++column) {
      int hits = 0;
      for (int i = 0; i < kSubpixels * kSubpixels; ++i) {
        const float x = static_cast<float>(column) + (static_cast<float>(i % kSubpixels) + 0.5f) / kSubpixels;
        const float y = static_cast<float>(row) + (static_cast<float>(i / kSubpixels) + 0.5f) / kSubpixels;
        hits += inside(figure, x / side, y / side) ? 1 : 0;
      }
      const float cover = static_cast<float>(hits) / (kSubpixels * kSubpixels);
      const float light = light_x * (static_cast<float>(column) / side - 0.5f) +
                          light_y * (static_cast<float>(row) / side - 0.5f);
      for (std::size_t c = 0; c < 3; ++c) {
        const float value =
            background[c] + cover * (foreground[c] - background[c]) + light + noise * rng.normal();
        *image++ = static_cast<std::uint8_t>(std::floor(std::clamp(value, 0.0f, 255.0f) + 0.5f));
      }
    }
  }
}

// Adds the images to `fingerprint`, in order.
Split make_split(const ProceduralOptions& options, long samples, const Rng& rng, Md5& fingerprint) {
  const long size = options.image_size;
  Array<std::uint8_t> images = Array<std::uint8_t>::uninitialized({samples, size, size, 3});
  Array<int> labels = Array<int>::uninitialized({samples});
  for (long i = 0; i < samples; ++i) {
    labels[i] = static_cast<int>(i % kProceduralClasses);
    draw(static_cast<Form>(labels[i]), size, rng.stream(static_cast<std::uint64_t>(i)),
         images.data() + i * size * size * 3);
  }
  fingerprint.update(images.data(), static_cast<std::size_t>(images.size()));
  return split_in_memory(images, labels);
}

}  // namespace

ImageSet make_procedural(const ProceduralOptions& options) {
  check(options.image_size >= 12 && options.image_size <= 256, "procedural: found image size ",
        options.image_size, ", expected 12 to 256");
  check(options.train_samples > 0 && options.test_samples > 0, "procedural: found ", options.train_samples,
        " training and ", options.test_samples, " test samples, expected at least 1 of each");
  const Rng rng = Rng(options.seed).stream("procedural");
  Md5 fingerprint;
  ImageSet images;
  images.name = "procedural";
  images.sample_shape = {options.image_size, options.image_size, 3};
  images.train = make_split(options, options.train_samples, rng.stream("train"), fingerprint);
  images.test = make_split(options, options.test_samples, rng.stream("test"), fingerprint);
  images.class_names = {"disc",
                        "square",
                        "triangle",
                        "cross",
                        "ring",
                        "stripes_horizontal",
                        "stripes_vertical",
                        "stripes_diagonal",
                        "checkerboard",
                        "dots"};
  images.mean = kImageNetMean;
  images.std = kImageNetStd;
  images.fingerprint = fingerprint.hex();
  return images;
}

}  // namespace nibble
