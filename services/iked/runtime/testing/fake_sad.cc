// SPDX-License-Identifier: Apache-2.0
#include "services/iked/runtime/testing/fake_sad.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace culvert::iked::testing {

grpc::Status FakeSad::Attach(grpc::ServerContext* context, Stream* stream) {
  {
    const std::lock_guard lock(mutex_);
    stream_ = stream;
    context_ = context;
    answering_ = true;
    ++streams_;
    sad::v1::AttachResponse hello;
    for (const std::string& address : addresses_) hello.mutable_addresses()->add_addresses(address);
    stream->Write(hello);
  }
  changed_.notify_all();
  sad::v1::AttachRequest request;
  while (stream->Read(&request)) {
    const std::lock_guard lock(mutex_);
    sad::v1::AttachResponse response;
    for (const sad::v1::SaOperation& operation : request.operations()) *response.add_results() = Apply(operation);
    if (answering_) stream->Write(response);
    changed_.notify_all();
  }
  const std::lock_guard lock(mutex_);
  stream_ = nullptr;
  context_ = nullptr;
  return grpc::Status(grpc::StatusCode::UNAVAILABLE, "broken by the test");
}

sad::v1::SaResult FakeSad::Apply(const sad::v1::SaOperation& operation) {
  sad::v1::SaResult result;
  result.set_sequence(operation.sequence());
  switch (operation.operation_case()) {
    case sad::v1::SaOperation::kLeaseSpis:
      story_.push_back(absl::StrCat("lease ", operation.lease_spis().count()));
      for (uint32_t i = 0; i < operation.lease_spis().count(); ++i) result.add_spis(next_spi_++);
      break;
    case sad::v1::SaOperation::kInstall:
      story_.push_back(absl::StrCat("install ", operation.install().id()));
      installed_[operation.install().id()] = operation.install();
      break;
    case sad::v1::SaOperation::kRetire:
      story_.push_back(absl::StrCat("retire ", operation.retire().id()));
      installed_.erase(operation.retire().id());
      break;
    case sad::v1::SaOperation::kUpdatePath:
      story_.push_back(absl::StrCat("update ", operation.update_path().id()));
      break;
    case sad::v1::SaOperation::kReconcile:
      story_.push_back(absl::StrCat("reconcile ", absl::StrJoin(operation.reconcile().child_sas(), ",")));
      if (operation.reconcile().spis_size() > 0) absl::StrAppend(&story_.back(), " holding SPIs");
      break;
    case sad::v1::SaOperation::kSetVirtualIps:
      story_.push_back(absl::StrCat("virtual ", operation.set_virtual_ips().tunnel()));
      break;
    case sad::v1::SaOperation::OPERATION_NOT_SET:
      break;
  }
  return result;
}

grpc::Status FakeSad::GetCapabilities(grpc::ServerContext*, const sad::v1::GetCapabilitiesRequest*,
                                      sad::v1::GetCapabilitiesResponse* response) {
  response->mutable_datapath()->set_name("fake");
  response->mutable_datapath()->set_raw_esp(true);
  response->mutable_datapath()->set_udp_encapsulation(true);
  response->mutable_datapath()->set_esn(true);
  response->mutable_datapath()->set_max_replay_window(4096);
  return grpc::Status::OK;
}

grpc::Status FakeSad::ListChildSas(grpc::ServerContext*, const sad::v1::ListChildSasRequest* request,
                                   sad::v1::ListChildSasResponse* response) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, sa] : installed_) {
    if (!request->tunnel().empty() && sa.tunnel() != request->tunnel()) continue;
    auto* entry = response->add_child_sas();
    *entry->mutable_sa() = sa;
    entry->mutable_counters()->set_id(id);
    entry->mutable_counters()->set_bytes_in(1000 + id);
  }
  return grpc::Status::OK;
}

void FakeSad::StopAnswering() {
  const std::lock_guard lock(mutex_);
  answering_ = false;
}

void FakeSad::BreakStream() {
  const std::lock_guard lock(mutex_);
  if (context_ != nullptr) context_->TryCancel();
}

void FakeSad::Raise(const datapath::v1::DatapathEvent& event) {
  const std::lock_guard lock(mutex_);
  sad::v1::AttachResponse response;
  *response.add_events() = event;
  if (stream_ != nullptr) stream_->Write(response);
}

std::vector<std::string> FakeSad::Story() const {
  const std::lock_guard lock(mutex_);
  return story_;
}

std::map<uint64_t, datapath::v1::ChildSa> FakeSad::installed() const {
  const std::lock_guard lock(mutex_);
  return installed_;
}

int FakeSad::streams() const {
  const std::lock_guard lock(mutex_);
  return streams_;
}

}  // namespace culvert::iked::testing
