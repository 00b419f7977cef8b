#include "datasets/pictures/jpeg.h"

#include <turbojpeg.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "core/check.h"

namespace nibble {
namespace {

struct DestroyTurbo {
  void operator()(void* turbo) const { tjDestroy(turbo); }
};
using Turbo = std::unique_ptr<void, DestroyTurbo>;

// One a thread, because making one takes longer than a small picture.
Turbo& decompressor() {
  thread_local Turbo turbo;
  if (!turbo) turbo.reset(tjInitDecompress());
  check(turbo != nullptr, "JPEG: libjpeg-turbo cannot be set up, expected memory for it");
  return turbo;
}

// What went wrong in the last call. After that, libjpeg-turbo 2.1 may begin the next picture in the middle of
// this one, so it is set up anew.
struct TurboFault {
  bool warning;
  std::string reason;
};
TurboFault take_fault() {
  Turbo& turbo = decompressor();
  const TurboFault fault{tjGetErrorCode(turbo.get()) == TJERR_WARNING, tjGetErrorStr2(turbo.get())};
  turbo.reset();
  return fault;
}

const unsigned char* start_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

struct JpegHeader {
  int width = 0, height = 0;
  int colours = 0;  // TJCS_GRAY, ...
};

JpegHeader header_of(std::string_view bytes, const std::string& name) {
  JpegHeader header;
  int subsampling = 0;
  const int status = tjDecompressHeader3(decompressor().get(), start_of(bytes), bytes.size(), &header.width,
                                         &header.height, &subsampling, &header.colours);
  const TurboFault fault = status == 0 ? TurboFault{true, "it holds no picture"} : take_fault();
  check(fault.warning && header.width > 0 && header.height > 0, name,
        ": found a JPEG picture whose header is damaged (", fault.reason, ")");
  const long pixels = static_cast<long>(header.width) * header.height;
  check(pixels <= kMaxPicturePixels, name, ": found a picture of ", header.width, " x ", header.height,
        " pixels, expected at most ", kMaxPicturePixels, " in all");
  return header;
}

// libjpeg-turbo goes on after a warning. What it then delivers is part picture, part grey, but for bytes that
// it could pass over.
void check_decoded(int status, const std::string& name) {
  if (status == 0) return;
  const auto [warning, reason] = take_fault();
  if (warning && reason.find("extraneous bytes") != std::string::npos) return;
  check(reason.find("Premature end") == std::string::npos, name,
        ": found a JPEG picture that ends early, expected the whole of it");
  fail(name, ": found a damaged JPEG picture (", reason, ")");
}

tjscalingfactor scale_for(const JpegHeader& header, long enough) {
  const int shorter = std::min(header.width, header.height);
  tjscalingfactor best{1, 1};
  if (enough <= 0) return best;
  int count = 0;
  const tjscalingfactor* const factors = tjGetScalingFactors(&count);
  for (int i = 0; i < count; ++i) {
    const bool smaller = factors[i].num * best.denom < best.num * factors[i].denom;
    if (smaller && TJSCALED(shorter, factors[i]) >= enough) best = factors[i];
  }
  return best;
}

// round(a · b / 255), exact.
int times_share(int a, int b) {
  const int product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

// Stored inverted: what is stored of cyan is 255 − c.
void cmyk_to_rgb(const std::vector<std::uint8_t>& stored, Array<std::uint8_t>& rgb) {
  for (long i = 0; i < rgb.size() / 3; ++i) {
    const std::uint8_t* const from = stored.data() + 4 * i;
    for (long c = 0; c < 3; ++c) {
      const int black = from[3];  // 255 − k
      rgb[3 * i + c] =
          static_cast<std::uint8_t>(std::clamp(black - times_share(255 - from[c], black), 0, 255));
    }
  }
}

}  // namespace

PictureHeader read_jpeg_header(std::string_view bytes, const std::string& name) {
  const JpegHeader header = header_of(bytes, name);
  return {PictureFormat::jpeg, header.width, header.height};
}

Array<std::uint8_t> decode_jpeg(std::string_view bytes, const std::string& name, long enough) {
  const JpegHeader header = header_of(bytes, name);
  const tjscalingfactor scale = scale_for(header, enough);
  const int width = TJSCALED(header.width, scale), height = TJSCALED(header.height, scale);
  const auto decode = [&](std::uint8_t* into, int format) {
    check_decoded(tjDecompress2(decompressor().get(), start_of(bytes), bytes.size(), into, width, 0, height,
                                format, TJFLAG_ACCURATEDCT),
                  name);
  };
  const bool grey = header.colours == TJCS_GRAY;
  auto pixels = Array<std::uint8_t>::uninitialized({height, width, grey ? 1 : 3});
  if (header.colours == TJCS_CMYK || header.colours == TJCS_YCCK) {
    std::vector<std::uint8_t> stored(static_cast<std::size_t>(4L * width * height));
    decode(stored.data(), TJPF_CMYK);
    cmyk_to_rgb(stored, pixels);
  } else {
    decode(pixels.data(), grey ? TJPF_GRAY : TJPF_RGB);
  }
  return pixels;
}

std::string encode_jpeg(const Array<std::uint8_t>& pixels, int quality) {
  const Shape& shape = pixels.shape();
  const Turbo turbo(tjInitCompress());
  check(turbo != nullptr, "JPEG: libjpeg-turbo cannot be set up, expected memory for it");
  const bool grey = shape[2] == 1;
  unsigned char* encoded = nullptr;
  unsigned long size = 0;
  const int status = tjCompress2(turbo.get(), pixels.data(), static_cast<int>(shape[1]), 0,
                                 static_cast<int>(shape[0]), grey ? TJPF_GRAY : TJPF_RGB, &encoded, &size,
                                 grey ? TJSAMP_GRAY : TJSAMP_444, quality, TJFLAG_ACCURATEDCT);
  const std::unique_ptr<unsigned char, decltype(&tjFree)> owner(encoded, tjFree);
  check(status == 0, "JPEG: pixels ", shape, " cannot be encoded (", tjGetErrorStr2(turbo.get()), ")");
  return {reinterpret_cast<const char*>(encoded), size};
}

}  // namespace nibble
