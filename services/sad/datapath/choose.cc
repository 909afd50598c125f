// SPDX-License-Identifier: Apache-2.0
#include "services/sad/datapath/choose.h"

#include "absl/strings/str_cat.h"
#include "libs/daemon/channel.h"
#include "services/sad/datapath/fake.h"
#include "services/sad/datapath/userspace.h"

namespace culvert::sad {

absl::StatusOr<ChosenDatapath> ChooseDatapath(absl::string_view word, const std::string& espd,
                                              const base::Clock& clock) {
  if (word == "fake") {
    return ChosenDatapath{std::make_unique<FakeDatapath>(clock, /*transcript=*/false),
                          "fake: asked for; no packet is carried", false};
  }
  auto userspace = std::make_unique<UserspaceDatapath>(daemon::UnixChannel(espd));
  if (word == "userspace") return ChosenDatapath{std::move(userspace), "userspace: asked for", true};
  if (word == "auto") {
    return ChosenDatapath{std::move(userspace), "userspace: auto; kmod and xfrm are not in this build", true};
  }
  return absl::InvalidArgumentError(absl::StrCat("no datapath is called ", word));
}

}  // namespace culvert::sad
