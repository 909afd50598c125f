// SPDX-License-Identifier: Apache-2.0
// What both sides of EAP in IKE_AUTH share (RFC 7296 2.16, RFC 5998): making its sessions, and naming its failures.
#pragma once

#include <memory>

#include "services/iked/engine/core.h"
#include "services/iked/engine/diagnoses.h"

namespace culvert::iked {

std::shared_ptr<eap::Session> MakeEapPeer(const Core& core, const TunnelConfig& config, const ipsec::Identity& own);
std::shared_ptr<eap::Server> MakeEapServer(const Core& core, const TunnelConfig& config, const ipsec::Identity& own);

// As server or as client of one method, or both (`role`).
bool MayServeEap(const Authentication& authentication);
bool MayAnswerEap(const Authentication& authentication);

// A step that failed, in words. At the server `user` is who the peer said it was.
Diagnosis EapRefused(const Circumstance& c, const eap::Session& session, const eap::Step& step);

// EAP-TLS alone proves more than a name: its certificate must be in the name that IKE knows. nullopt: it is, or the
// method has no certificate.
std::optional<Diagnosis> EapNameMismatch(const Circumstance& c, const eap::Session& session,
                                         const ipsec::Identity& peer);

// The job for the EAP payload of `message`.
Job EapStepOf(const Core& core, const AuthProgress& auth, const wire::ikev2::Message& message);

}  // namespace culvert::iked
