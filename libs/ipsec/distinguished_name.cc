// SPDX-License-Identifier: Apache-2.0
#include "libs/ipsec/distinguished_name.h"

#include <openssl/objects.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace culvert::ipsec {
namespace {

struct FreeName {
  void operator()(X509_NAME* name) const { X509_NAME_free(name); }
};
using Name = std::unique_ptr<X509_NAME, FreeName>;

// strongSwan's words, where they differ from OpenSSL's short names (whose SN is a surname).
constexpr std::pair<absl::string_view, int> kWords[] = {
    {"SN", NID_serialNumber},
    {"S", NID_surname},
    {"G", NID_givenName},
    {"I", NID_initials},
    {"T", NID_title},
    {"N", NID_name},
    {"D", NID_description},
    {"E", NID_pkcs9_emailAddress},
    {"Email", NID_pkcs9_emailAddress},
};

int NidOf(absl::string_view type) {
  for (const auto& [word, nid] : kWords) {
    if (absl::EqualsIgnoreCase(word, type)) return nid;
  }
  const std::string text(type);
  if (const int nid = OBJ_txt2nid(text.c_str()); nid != NID_undef) return nid;
  return OBJ_txt2nid(absl::AsciiStrToUpper(type).c_str());  // "cn", "ou"
}

std::string WordOf(const ASN1_OBJECT* object) {
  const int nid = OBJ_obj2nid(object);
  for (const auto& [word, known] : kWords) {
    if (known == nid) return std::string(word);
  }
  if (nid != NID_undef) return OBJ_nid2sn(nid);
  char oid[128] = {};
  OBJ_obj2txt(oid, sizeof oid, object, /*no_name=*/1);
  return oid;
}

struct Attribute {
  std::string type = {};
  std::string value = {};
  bool joins = false;  // of the same RDN as the one before: "OU=a+CN=b"
};

// Splits at unescaped separators; blanks around types and values do not count.
std::vector<Attribute> Split(absl::string_view text) {
  const char separator = absl::ConsumePrefix(&text, "/") ? '/' : ',';
  std::vector<Attribute> attributes(1);
  bool in_value = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    Attribute& current = attributes.back();
    if (in_value && (c == separator || c == '+')) {
      attributes.push_back({.joins = c == '+'});
      in_value = false;
    } else if (!in_value && c == '=') {
      in_value = true;
    } else {
      const bool escape = c == '\\' && i + 1 < text.size();
      (in_value ? current.value : current.type).push_back(escape ? text[++i] : c);
    }
  }
  for (Attribute& a : attributes) {
    absl::StripAsciiWhitespace(&a.type);
    absl::StripAsciiWhitespace(&a.value);
  }
  return attributes;
}

Name Decode(base::ByteView der) {
  const uint8_t* at = der.data();
  Name name(d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size())));
  if (name != nullptr && at != der.data() + der.size()) name.reset();
  return name;
}

base::ByteView ValueOf(const X509_NAME_ENTRY* entry) {
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(entry);
  return {ASN1_STRING_get0_data(value), static_cast<size_t>(ASN1_STRING_length(value))};
}

std::string Utf8Of(const X509_NAME_ENTRY* entry) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
  if (size < 0) return absl::StrCat("#", base::ToHex(ValueOf(entry)));
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  return text;
}

std::string Escape(absl::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (absl::StrContains(",+/\\=\"", c)) {
      escaped.push_back('\\');
      escaped.push_back(c);
    } else {
      absl::StrAppend(&escaped, absl::ascii_isprint(static_cast<unsigned char>(c))
                                    ? std::string(1, c)
                                    : absl::CHexEscape(absl::string_view(&c, 1)));
    }
  }
  return escaped;
}

// One attribute as a name of its own, so that OpenSSL's canonical comparison does the work.
bool SameEntry(const X509_NAME_ENTRY* a, const X509_NAME_ENTRY* b) {
  const Name left(X509_NAME_new());
  const Name right(X509_NAME_new());
  return X509_NAME_add_entry(left.get(), a, -1, 0) == 1 && X509_NAME_add_entry(right.get(), b, -1, 0) == 1 &&
         X509_NAME_cmp(left.get(), right.get()) == 0;
}

}  // namespace

absl::StatusOr<base::Bytes> ParseDistinguishedName(absl::string_view text) {
  const auto wrong = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("distinguished name \"", absl::CHexEscape(text), "\": ", why));
  };
  const Name name(X509_NAME_new());
  for (const Attribute& a : Split(text)) {
    const int nid = NidOf(a.type);
    if (nid == NID_undef) return wrong(absl::StrCat("no attribute type \"", absl::CHexEscape(a.type), "\""));
    if (a.value.empty()) return wrong(absl::StrCat("no value for \"", a.type, "\""));
    // OpenSSL applies each attribute's own limits: two letters for C, 64 characters for CN, and so on.
    if (X509_NAME_add_entry_by_NID(name.get(), nid, MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(a.value.data()),
                                   static_cast<int>(a.value.size()), -1, a.joins ? -1 : 0) != 1) {
      return wrong(absl::StrCat("\"", a.type, "\" cannot have that value"));
    }
  }
  unsigned char* der = nullptr;
  const int size = i2d_X509_NAME(name.get(), &der);
  if (size <= 0) return wrong("cannot be encoded");
  base::Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

absl::StatusOr<std::string> PrintDistinguishedName(base::ByteView der) {
  const Name name = Decode(der);
  if (name == nullptr) return absl::InvalidArgumentError("not a DER distinguished name");
  std::string text;
  int rdn = -1;
  for (int i = 0; i < X509_NAME_entry_count(name.get()); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name.get(), i);
    const bool joins = X509_NAME_ENTRY_set(entry) == rdn;
    rdn = X509_NAME_ENTRY_set(entry);
    absl::StrAppend(&text,
                    i == 0  ? ""
                    : joins ? "+"
                            : ", ",
                    WordOf(X509_NAME_ENTRY_get_object(entry)), "=", Escape(Utf8Of(entry)));
  }
  return text;
}

bool SameDistinguishedName(base::ByteView a, base::ByteView b) {
  const Name left = Decode(a);
  const Name right = Decode(b);
  if (left == nullptr || right == nullptr) return std::equal(a.begin(), a.end(), b.begin(), b.end());
  return X509_NAME_cmp(left.get(), right.get()) == 0;
}

bool MatchesDistinguishedName(base::ByteView pattern, base::ByteView der) {
  const Name wanted = Decode(pattern);
  const Name name = Decode(der);
  if (wanted == nullptr || name == nullptr) return SameDistinguishedName(pattern, der);
  const int count = X509_NAME_entry_count(wanted.get());
  if (count != X509_NAME_entry_count(name.get())) return false;
  for (int i = 0; i < count; ++i) {
    const X509_NAME_ENTRY* w = X509_NAME_get_entry(wanted.get(), i);
    const X509_NAME_ENTRY* n = X509_NAME_get_entry(name.get(), i);
    if (OBJ_cmp(X509_NAME_ENTRY_get_object(w), X509_NAME_ENTRY_get_object(n)) != 0) return false;
    if (base::AsText(ValueOf(w)) != "*" && !SameEntry(w, n)) return false;
  }
  return true;
}

}  // namespace culvert::ipsec
