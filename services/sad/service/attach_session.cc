// SPDX-License-Identifier: Apache-2.0
#include "services/sad/service/attach_session.h"

#include <utility>

namespace culvert::sad {

void AttachSession::Push(v1::AttachResponse response) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return;
  waiting_.push_back(std::move(response));
  if (waiting_.size() > kMaxWaiting) {
    closed_ = true;
    context_->TryCancel();
  }
}

void AttachSession::WriteAll() {
  auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closed_ || !waiting_.empty(); };
  while (true) {
    v1::AttachResponse next;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&ready));
      if (closed_) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    if (!stream_->Write(next)) return Close();
  }
}

void AttachSession::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
}

void AttachSession::Cancel() {
  absl::MutexLock lock(&mutex_);
  if (!closed_) context_->TryCancel();  // once closed, the context may be gone
  closed_ = true;
}

}  // namespace culvert::sad
