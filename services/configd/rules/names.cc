// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/configd/rules/subjects.h"

namespace culvert::configd {
namespace {

constexpr size_t kMaxName = 63;

// Words that mean something in a command or in another place of the configuration.
constexpr absl::string_view kReserved[] = {"all", "any", "default", "none"};

bool IsName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxName && absl::ascii_isalnum(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
         });
}

template <typename Element>
void CheckNamesOf(absl::string_view list, const google::protobuf::RepeatedPtrField<Element>& elements,
                  Problems* problems) {
  absl::flat_hash_map<std::string, absl::string_view> taken;  // in lower case
  for (int i = 0; i < elements.size(); ++i) {
    const std::string& name = elements[i].name();
    const std::string field = FieldPath(ElementPath(list, name, i), "name");
    const std::string lower = absl::AsciiStrToLower(name);
    if (name.empty()) {
      problems->Error(Code::REQUIRED, field, "the name is missing");
      continue;
    }
    if (!IsName(name)) {
      problems->Error(Code::BAD_NAME, field, absl::StrCat(Quoted(name), " cannot be a name"),
                      "1 to 63 letters, digits, dots, underscores and hyphens; a letter or digit first");
    }
    if (std::find(std::begin(kReserved), std::end(kReserved), lower) != std::end(kReserved)) {
      problems->Error(Code::RESERVED_NAME, field, absl::StrCat(Quoted(name), " is a word of the command line"),
                      "choose another name");
    }
    const auto [first, is_new] = taken.try_emplace(lower, name);
    if (!is_new) {
      problems->Error(Code::DUPLICATE_NAME, field,
                      first->second == name ? absl::StrCat("the name ", Quoted(name), " is given twice")
                                            : absl::StrCat("the names ", Quoted(first->second), " and ", Quoted(name),
                                                           " differ in case alone"),
                      "choose another name");
    }
  }
}

using Names = absl::flat_hash_set<absl::string_view>;

template <typename Element>
Names NamesOf(const google::protobuf::RepeatedPtrField<Element>& elements) {
  Names names;
  for (const Element& element : elements) names.insert(element.name());
  return names;
}

void CheckReference(const Names& names, absl::string_view kind, const std::string& name, const std::string& field,
                    Problems* problems) {
  if (names.contains(name)) return;
  problems->Error(Code::UNKNOWN_REFERENCE, field, absl::StrCat("there is no ", kind, " ", Quoted(name)),
                  absl::StrCat("add it to ", kind, "s, or correct the name"));
}

void CheckCertificateOf(const Names& certificates, const config::v1::X509Auth& x509, const std::string& path,
                        Problems* problems) {
  if (x509.has_certificate()) {
    CheckReference(certificates, "certificate", x509.certificate(), FieldPath(path, "certificate"), problems);
  }
  for (int i = 0; i < x509.ca_size(); ++i) {
    CheckReference(certificates, "certificate", x509.ca(i), absl::StrCat(path, ".ca[", i, "]"), problems);
  }
}

}  // namespace

void CheckNames(const ConfigurationView& view, Problems* problems) {
  CheckNamesOf("tunnels", view.configuration.tunnels(), problems);
  CheckNamesOf("secrets", view.configuration.secrets(), problems);
  CheckNamesOf("certificates", view.configuration.certificates(), problems);
  CheckNamesOf("pools", view.configuration.pools(), problems);
}

void CheckReferences(const ConfigurationView& view, Problems* problems) {
  const Names secrets = NamesOf(view.configuration.secrets());
  const Names certificates = NamesOf(view.configuration.certificates());
  const Names pools = NamesOf(view.configuration.pools());
  for (const TunnelView& tunnel : view.tunnels) {
    const auto& authentication = tunnel.typed.authentication();
    CheckCertificateOf(certificates, authentication.x509(), tunnel.Path("authentication.x509"), problems);
    CheckCertificateOf(certificates, authentication.local().x509(), tunnel.Path("authentication.local.x509"), problems);
    CheckCertificateOf(certificates, authentication.remote().x509(), tunnel.Path("authentication.remote.x509"),
                       problems);
    if (authentication.ppk().has_id()) {
      CheckReference(secrets, "secret", authentication.ppk().id(), tunnel.Path("authentication.ppk.id"), problems);
    }
    for (int i = 0; i < tunnel.typed.remote().virtual_ip_pools_size(); ++i) {
      CheckReference(pools, "pool", tunnel.typed.remote().virtual_ip_pools(i),
                     tunnel.Path(absl::StrCat("remote.virtual_ip_pools[", i, "]")), problems);
    }
  }
}

}  // namespace culvert::configd
