// The files of a verb of `davit hub` that runs something, and the stack that they make: what `davit hub elaborate` wrote, and the state file. Each
// step gives the exit code where the command ends with it, as those of RunSession do. One thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "cli/hub_run.h"
#include "cli/run_session.h"
#include "hub/state_lock.h"
#include "hub/storage.h"

namespace davit::cli {

class HubStack {
 public:
  using Exit = RunSession::Exit;

  /// `verb`: for titles and remedies, "deploy".
  HubStack(Context& context, const std::string& verb)
      : context_(context), hub_(context.options.hub), base_dir_(hub_.base_dir), session_(context, "hub " + verb) {}

  /// Instead of --base-dir.
  void set_base_dir(std::string base_dir) { base_dir_ = std::move(base_dir); }

  RunSession& session() { return session_; }

  /// The places in `list`, separated by commas.
  Exit ReadElaborate(const std::string& list);
  /// `lock`: takes `FILE.lock`, until this is destroyed. A file that is not there is none; see state().
  Exit ReadState(const std::string& list, bool lock);
  /// Opens the store beside the elaborate file and loads the stack, with `overrides` for what `fromEnv` names. What an earlier davit left is
  /// settled where `recover` says so.
  Exit Open(std::map<std::string, std::string> overrides, bool recover);

  const Stack& stack() const { return document_->stack; }
  const std::shared_ptr<control::StackDocument>& document() const { return document_; }
  const std::optional<hub::StateFile>& state() const { return state_; }  // as it was
  const std::string& state_digest() const { return state_digest_; }
  /// nullptr: nobody named one.
  const hub::Storage* state_storage() const { return state_places_ ? &*state_places_ : nullptr; }
  std::vector<hub::Place> state_places() const {
    return state_places_ ? state_places_->places() : std::vector<hub::Place>();
  }
  /// A plain parameter of the stack as the state file has it; "" = it has none.
  std::string StateValue(std::string_view name) const;
  /// Is there such a component? Else what is wrong has been shown.
  Exit Check(const std::string& component) const;

  /// A run in place with the tools' environment that the options ask for, and with what the state file knows.
  control::SubmitRequest Request(RunKind kind, std::string deployment);
  Exit Refuse(std::string message, std::string help = {}) const;

 private:
  Exit OpenStorage(const std::string& list, const char* what, std::optional<hub::Storage>& storage) const;
  std::optional<hub::Stored> Read(const hub::Storage& storage, hub::Storage::Beside beside,
                                  const hub::Storage::Check& check, Exit* failed) const;
  control::LoadRequest LoadRequestOf(std::map<std::string, std::string> overrides);
  Path Directory() const;

  Context& context_;
  const HubOptions& hub_;
  std::string base_dir_;
  std::optional<hub::Storage> elaborate_places_;
  std::optional<hub::Storage> state_places_;
  hub::Stored elaborate_;
  SourceMap sources_;  // of the state file
  std::optional<hub::StateLock> lock_;
  std::optional<hub::StateFile> state_;
  std::string state_digest_;
  std::shared_ptr<control::StackDocument> document_;
  RunSession session_;  // ends before the lock is given back
};

}  // namespace davit::cli
