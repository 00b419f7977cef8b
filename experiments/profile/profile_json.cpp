#include "experiments/profile/profile_json.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace nibble {

namespace {

using Json = nlohmann::ordered_json;  // keys in the order in which people read them

// The value of an enum by its name, among the first `count` of them.
template <typename Enum>
Enum by_name(const std::string& text, int count) {
  for (int i = 0; i < count; ++i)
    if (text == name(static_cast<Enum>(i))) return static_cast<Enum>(i);
  fail("found '", text, "', expected the name of a kind");
}

Json to_json(const PassProfile& pass) {
  return {{"ms", 1e3 * pass.seconds},
          {"weight_quantizer_ms", 1e3 * pass.quantizer_seconds},
          {"bytes", pass.cost.bytes},
          {"operations", pass.cost.operations},
          {"products", name(pass.cost.products)}};
}

PassProfile pass_of(const Json& json) {
  return {1e-3 * json.at("ms").get<double>(),
          1e-3 * json.at("weight_quantizer_ms").get<double>(),
          {json.at("bytes"), json.at("operations"),
           by_name<Products>(json.at("products"), static_cast<int>(Products::int8) + 1)}};
}

}  // namespace

std::string profile_to_json(const StepProfile& profile) {
  Json json{{"model", profile.model},
            {"method", profile.method},
            {"batch", profile.batch},
            {"unit", profile.unit},
            {"threads", profile.threads},
            {"steps", profile.steps},
            {"step_ms", 1e3 * profile.step_seconds}};
  for (const ProfileRow& row : profile.rows) {
    json["rows"].push_back({{"node", row.node},
                            {"layers", row.layers},
                            {"kind", name(row.kind)},
                            {"forward", to_json(row.forward)},
                            {"backward", to_json(row.backward)}});
  }
  json["loss"] = {{"forward", to_json(profile.loss_forward)}, {"backward", to_json(profile.loss_backward)}};
  json["optimizer"] = to_json(profile.optimizer);
  json["data_wait"] = to_json(profile.data_wait);
  json["rest"] = to_json(profile.rest);
  for (const ProfileTotal& total : totals(profile)) {
    json["totals"].push_back({{"kind", name(total.kind)},
                              {"ms", 1e3 * total.seconds},
                              {"bytes", total.bytes},
                              {"operations", total.operations}});
  }
  json["arrays"] = {{"peak_bytes", profile.peak_bytes}, {"reach_bytes", profile.reach_bytes}};
  const QuantizationShare share = quantization_share(profile);
  json["fake_quantization_share"] = {{"at_least", share.at_least}, {"at_most", share.at_most}};
  return json.dump(1) + "\n";
}

StepProfile read_profile(const std::string& path) {
  std::ifstream file(path);
  check(file.is_open(), path, ": cannot be read, expected the JSON of a profile");
  try {
    const Json json = Json::parse(file);
    StepProfile profile;
    profile.model = json.at("model");
    profile.method = json.at("method");
    profile.batch = json.at("batch");
    profile.unit = json.value("unit", "images");  // profiles of before there was text do not say it
    profile.threads = json.at("threads");
    profile.steps = json.at("steps");
    profile.step_seconds = 1e-3 * json.at("step_ms").get<double>();
    for (const Json& row : json.at("rows")) {
      profile.rows.push_back({row.at("node"), row.at("layers"),
                              by_name<ProfileKind>(row.at("kind"), static_cast<int>(ProfileKind::rest) + 1),
                              pass_of(row.at("forward")), pass_of(row.at("backward"))});
    }
    profile.loss_forward = pass_of(json.at("loss").at("forward"));
    profile.loss_backward = pass_of(json.at("loss").at("backward"));
    profile.optimizer = pass_of(json.at("optimizer"));
    profile.data_wait = pass_of(json.at("data_wait"));
    profile.rest = pass_of(json.at("rest"));
    if (json.contains("arrays")) {  // older profiles do not have it
      profile.peak_bytes = json.at("arrays").at("peak_bytes");
      profile.reach_bytes = json.at("arrays").at("reach_bytes");
    }
    return profile;
  } catch (const std::exception& error) {
    fail(path, ": is no profile: ", error.what());
  }
}

}  // namespace nibble
