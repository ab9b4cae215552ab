#ifndef CBM_TESTS_SUPPORT_ACT_BUILDER_H_
#define CBM_TESTS_SUPPORT_ACT_BUILDER_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "core/base/ledger_id.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/encoded.h"
#include "core/rules/facts.h"
#include "server/store/store.h"
#include "tests/support/fake_random.h"
#include "tests/support/test_pki.h"

namespace cbm::test {

// An act with its contents and entries, ready to be appended.
struct BuiltAct {
  EncodedAct act;
  std::vector<NamedContent> contents;
  std::vector<EncodedEntry> entries;
};

// Whom an act is told to, beside its author, and how.
struct Told {
  LedgerId ledger;
  bool gives_contents = true;
  bool summary_only = false;
};

// Makes notifications of EE, told to whom the test says, without asking any rule. Signatures are
// none: a store does not look at them. Ordinals are those that `batch` says are next.
class ActBuilder {
 public:
  explicit ActBuilder(std::string exchange_id) : exchange_id_(std::move(exchange_id)) {}

  BuiltAct Build(const Batch& batch, const std::vector<Told>& told, size_t contents = 1) {
    BuiltAct built;
    time_ += absl::Seconds(1);
    std::vector<Digest> digests;
    for (size_t i = 0; i < contents; ++i) {
      NamedContent named;
      v1::OpenContent& open = *named.content.mutable_open();
      open.set_salt(random_.Bytes(32));
      open.set_plaintext("content " + std::to_string(i));
      named.digest = ContentDigest(open.salt(), open.plaintext());
      digests.push_back(named.digest);
      built.contents.push_back(std::move(named));
    }
    v1::Act act = NewAct();
    if (!digests.empty()) {
      act.set_manifest_digest(std::string(BytesOf(digests.front())));
    }
    built.act =
        EncodedAct::Read(SerializeDeterministically(act), "signature " + act.act_id()).value();
    std::map<LedgerId, uint64_t> added;
    for (const Told& to : told) {
      v1::Entry entry = NewEntry(built.act, to.ledger, v1::ENTRY_ROLE_ADDRESSED);
      entry.set_ordinal(batch.NextOrdinal(to.ledger).value() + added[to.ledger]++);
      if (to.gives_contents) {
        entry.set_given_digest(GivenDigest(digests));
      }
      if (to.summary_only) {
        entry.set_role(v1::ENTRY_ROLE_HEADER);
        entry.mutable_summary()->set_new_state("submitted");
        entry.mutable_summary()->set_notification_kind("INC");
      }
      built.entries.push_back(EncodedEntry::Create(std::move(entry)).value());
    }
    const LedgerId author = LedgerId::State("EE");
    v1::Entry own = NewEntry(built.act, author, v1::ENTRY_ROLE_OWN);
    own.set_ordinal(batch.NextOrdinal(author).value() + added[author]++);
    own.set_given_digest(GivenDigest(digests));
    for (const EncodedEntry& entry : built.entries) {
      v1::Delivered& delivered = *own.add_delivered();
      delivered.set_party(entry.entry.ledger());
      delivered.set_leaf_hash(std::string(BytesOf(entry.leaf_hash)));
    }
    built.entries.push_back(EncodedEntry::Create(std::move(own)).value());
    return built;
  }

  absl::Time time() const { return time_; }

 private:
  v1::Act NewAct() {
    v1::Act act;
    act.set_purpose("cbm.v1/act");
    act.set_version(1);
    act.set_exchange_id(exchange_id_);
    act.set_act_id(random_.Bytes(16));
    act.set_party("EE");
    act.set_office("mfa");
    act.mutable_audience()->mutable_own();
    v1::Notification& notification = *act.mutable_submit()->mutable_notification();
    notification.set_kind("INC");
    notification.set_precedence(v1::PRECEDENCE_URGENT);
    notification.set_context(v1::CONTEXT_TEST);
    notification.set_marking(v1::MARKING_AMBER);
    notification.add_measures("OSCE-3");
    return act;
  }

  v1::Entry NewEntry(const EncodedAct& act, const LedgerId& ledger, v1::EntryRole role) {
    v1::Entry entry;
    entry.set_purpose("cbm.v1/entry");
    entry.set_version(1);
    entry.set_exchange_id(exchange_id_);
    entry.set_ledger(ledger.text());
    *entry.mutable_time() = rules::ToTimestamp(time_);
    entry.set_kind(v1::ACT_KIND_SUBMIT);
    entry.set_role(role);
    entry.set_act_digest(std::string(BytesOf(act.digest)));
    entry.set_signature_digest(std::string(BytesOf(act.signature_digest)));
    entry.mutable_effect()->set_record_version(1);
    entry.set_salt(random_.Bytes(16));
    return entry;
  }

  const std::string exchange_id_;
  absl::Time time_ = kTestStart;
  FakeRandom random_{7};
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_ACT_BUILDER_H_
