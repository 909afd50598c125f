// SPDX-License-Identifier: Apache-2.0
#include "services/configd/service/secret_values.h"

#include <google/protobuf/descriptor.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>

#include "absl/container/flat_hash_map.h"
#include "services/configd/form/field_options.h"
#include "services/configd/form/public_view.h"
#include "services/configd/rules/psk_text.h"

namespace culvert::configd {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool BringsSecret(const Message& message) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    if (IsSecret(field) && message.GetReflection()->HasField(message, &field)) return true;
  }
  return false;
}

void Keep(const Message& stored, Message* candidate);

// The elements of a list by name.
void KeepInList(const Message& stored, const FieldDescriptor& field, Message* candidate) {
  const FieldDescriptor* name = field.message_type()->FindFieldByName("name");
  if (name == nullptr) return;
  const auto* reflection = stored.GetReflection();
  absl::flat_hash_map<std::string, const Message*> by_name;
  for (int i = 0; i < reflection->FieldSize(stored, &field); ++i) {
    const Message& element = reflection->GetRepeatedMessage(stored, &field, i);
    by_name[element.GetReflection()->GetString(element, name)] = &element;
  }
  for (int i = 0; i < reflection->FieldSize(*candidate, &field); ++i) {
    Message* element = reflection->MutableRepeatedMessage(candidate, &field, i);
    const auto kept = by_name.find(element->GetReflection()->GetString(*element, name));
    if (kept != by_name.end()) Keep(*kept->second, element);
  }
}

void Keep(const Message& stored, Message* candidate) {
  const auto* reflection = stored.GetReflection();
  const bool keep = !BringsSecret(*candidate);
  for (int i = 0; i < stored.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *stored.GetDescriptor()->field(i);
    if (IsSecret(field)) {
      const bool there = keep && reflection->HasField(stored, &field);
      if (there) reflection->SetString(candidate, &field, reflection->GetString(stored, &field));
    } else if (field.is_map() || field.message_type() == nullptr) {
      continue;
    } else if (field.is_repeated()) {
      KeepInList(stored, field, candidate);
    } else if (reflection->HasField(stored, &field) && reflection->HasField(*candidate, &field)) {
      Keep(reflection->GetMessage(stored, &field), reflection->MutableMessage(candidate, &field));
    }
  }
}

void MarkUsers(google::protobuf::RepeatedPtrField<config::v1::User>* users) {
  for (config::v1::User& user : *users) user.set_set(user.has_password());
}

}  // namespace

void KeepStoredSecrets(const config::v1::Configuration& stored, config::v1::Configuration* candidate) {
  Keep(stored, candidate);
}

config::v1::Configuration PublicView(const config::v1::Configuration& configuration, const base::Secret& key) {
  config::v1::Configuration shown = configuration;
  for (config::v1::Tunnel& tunnel : *shown.mutable_tunnels()) {
    if (tunnel.has_xauth()) MarkUsers(tunnel.mutable_xauth()->mutable_users());
    if (tunnel.has_eap()) MarkUsers(tunnel.mutable_eap()->mutable_users());
  }
  for (config::v1::Secret& secret : *shown.mutable_secrets()) {
    secret.set_set(secret.has_psk());
    if (secret.has_psk()) secret.set_fingerprint(Fingerprint(secret.psk(), key));
  }
  for (config::v1::Certificate& certificate : *shown.mutable_certificates()) {
    certificate.set_private_key_set(certificate.has_private_key_pem());
  }
  ClearSecrets(&shown);
  return shown;
}

std::string Fingerprint(absl::string_view psk, const base::Secret& key) {
  const absl::StatusOr<base::Secret> octets = DecodePsk(psk);
  if (!octets.ok()) return "";  // never stored: validation refuses it
  std::array<uint8_t, 32> mac;
  const base::ByteView bytes = octets->view();
  if (HMAC(EVP_sha256(), key.view().data(), static_cast<int>(key.size()), bytes.data(), bytes.size(), mac.data(),
           nullptr) == nullptr) {
    std::abort();
  }
  return base::ToHex(base::ByteView(mac).first(4));
}

}  // namespace culvert::configd
