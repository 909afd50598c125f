// SPDX-License-Identifier: Apache-2.0
// Until its exchanges are there, IKEv1 is spoken nowhere.
#include "services/iked/engine/ikev1/hooks.h"

namespace culvert::iked::ikev1 {

bool SpokenHere(const Core&, const Datagram&, const wire::IkeHeader&) {
  return false;
}
void Receive(Core&, const Datagram&, const wire::IkeHeader&) {}
void Connect(Core&, Tunnel&, const PathCandidate&) {}
void OnJobDone(Core&, IkeSa&, JobDone&) {}

}  // namespace culvert::iked::ikev1
