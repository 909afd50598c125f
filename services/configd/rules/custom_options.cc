// SPDX-License-Identifier: Apache-2.0
// The closed list of ipsec.conf and swanctl.conf keys that custom_options knows, and the field that each one means.
#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/configd/rules/subjects.h"
#include "services/configd/text/duration_text.h"
#include "services/configd/text/nearest.h"

namespace culvert::configd {
namespace {

enum class ValueKind { kWord, kNumber, kDuration, kText };

struct Option {
  absl::string_view key;
  absl::string_view field;  // of the tunnel
  ValueKind kind;
  std::vector<absl::string_view> words;  // of a kWord
};

const std::vector<Option>& Options() {
  static const std::vector<Option> kOptions = {
      {"closeaction", "startup", ValueKind::kWord, {"none", "clear", "hold", "restart"}},
      {"close_action", "startup", ValueKind::kWord, {"none", "trap", "start"}},
      {"dpdaction", "dpd.action", ValueKind::kWord, {"none", "clear", "hold", "restart"}},
      {"dpd_action", "dpd.action", ValueKind::kWord, {"clear", "trap", "restart"}},
      {"rekey", "ike.rekey_margin", ValueKind::kWord, {"yes", "no"}},
      {"reauth", "ike.reauth", ValueKind::kWord, {"yes", "no"}},
      {"reauth_time", "ike.reauth", ValueKind::kDuration, {}},
      {"reqid", "esp.reqid", ValueKind::kNumber, {}},
      {"fragmentation", "ike.fragmentation", ValueKind::kWord, {"yes", "accept", "force", "no"}},
      {"inactivity", "esp.inactivity", ValueKind::kDuration, {}},
      {"margintime", "ike.rekey_margin", ValueKind::kDuration, {}},
      {"rekeymargin", "ike.rekey_margin", ValueKind::kDuration, {}},
      {"rekeyfuzz", "ike.rekey_jitter_percent", ValueKind::kText, {}},
      {"replay_window", "esp.replay_window", ValueKind::kNumber, {}},
      {"mark", "esp.mark", ValueKind::kNumber, {}},
      {"mobike", "ike.mobike", ValueKind::kWord, {"yes", "no"}},
      {"compress", "esp", ValueKind::kWord, {"no"}},
      {"ipcomp", "esp", ValueKind::kWord, {"no"}},
      {"tfc", "esp.tfc", ValueKind::kNumber, {}},
      {"tfc_padding", "esp.tfc", ValueKind::kNumber, {}},
      {"sha256_96", "esp.sha256_96", ValueKind::kWord, {"yes", "no"}},
      {"leftsourceip", "local.virtual_ips", ValueKind::kText, {}},
      {"vips", "local.virtual_ips", ValueKind::kText, {}},
      {"rightsourceip", "remote.virtual_ip_pools", ValueKind::kText, {}},
      {"leftprotoport", "local.protocol", ValueKind::kText, {}},
      {"rightprotoport", "remote.protocol", ValueKind::kText, {}},
      {"ikedscp", "ike.dscp", ValueKind::kText, {}},
      {"dscp", "ike.dscp", ValueKind::kText, {}},
      {"copy_df", "esp.copy_df", ValueKind::kWord, {"yes", "no"}},
      {"copy_dscp", "esp.copy_dscp", ValueKind::kWord, {"yes", "out", "in", "no"}},
      {"keyingtries", "startup", ValueKind::kText, {}},
      {"uniqueids", "unique", ValueKind::kWord, {"yes", "no", "replace", "keep", "never"}},
      {"unique", "unique", ValueKind::kWord, {"replace", "keep", "never", "no"}},
  };
  return kOptions;
}

// Keys that would run a program, load code or name a file.
constexpr absl::string_view kRefused[] = {"updown",     "leftupdown", "rightupdown", "include",      "plugin",
                                          "leftcert",   "rightcert",  "leftcert2",   "rightcert2",   "file",
                                          "leftsigkey", "pkcs11",     "hook",        "leftfirewall", "rightfirewall"};

bool IsNumber(absl::string_view text) {
  uint64_t number = 0;
  return absl::SimpleAtoi(text, &number) || absl::SimpleHexAtoi(text, &number);
}

bool Accepts(const Option& option, absl::string_view value) {
  switch (option.kind) {
    case ValueKind::kWord:
      return std::find(option.words.begin(), option.words.end(), value) != option.words.end();
    case ValueKind::kNumber:
      return IsNumber(value);
    case ValueKind::kDuration:
      return ParseDurationSeconds(value).has_value() || IsNumber(value);  // ipsec.conf counts bare seconds
    case ValueKind::kText:
      return !value.empty();
  }
  return false;
}

}  // namespace

void CheckCustomOptions(const TunnelView& tunnel, Problems* problems) {
  const std::vector<Option>& options = Options();
  for (const auto& [key, value] : tunnel.typed.custom_options()) {
    const std::string field = ElementPath(tunnel.Path("custom_options"), key, 0);
    const std::string lower = absl::AsciiStrToLower(key);
    if (std::find(std::begin(kRefused), std::end(kRefused), lower) != std::end(kRefused)) {
      problems->Error(Code::OPTION_REFUSED, field,
                      absl::StrCat(Quoted(key), " would run a program or read a file; no option may"), "remove it");
      continue;
    }
    const auto option = std::find_if(options.begin(), options.end(), [&](const Option& o) { return o.key == lower; });
    if (option == options.end()) {
      std::vector<absl::string_view> known;
      for (const Option& o : options) known.push_back(o.key);
      problems->Error(Code::UNKNOWN_OPTION, field, absl::StrCat("there is no option ", Quoted(key)),
                      DidYouMean(key, known));
    } else if (!Accepts(*option, value)) {
      problems->Error(Code::BAD_OPTION_VALUE, field, absl::StrCat(Quoted(value), " is no value of ", option->key),
                      absl::StrCat("set ", option->field, " instead"));
    } else {
      problems->Error(Code::NOT_YET_SUPPORTED, field, absl::StrCat("the option ", option->key, " is not there yet"),
                      absl::StrCat("set ", option->field, " instead"));
    }
  }
}

}  // namespace culvert::configd
