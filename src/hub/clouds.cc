// Objects in buckets, by the clouds' own programs.
#include <algorithm>

#include "base/text.h"
#include "exec/supervisor.h"
#include "hub/storage.h"

namespace davit::hub {
namespace {

/// "az://account/container/a/b".
struct Blob {
  std::string account;
  std::string container;
  std::string name;
};

Blob BlobOf(const std::string& address) {
  const std::string rest = address.substr(std::string_view("az://").size());
  const size_t first = rest.find('/');
  const size_t second = rest.find('/', first + 1);
  return {rest.substr(0, first), rest.substr(first + 1, second - first - 1), rest.substr(second + 1)};
}

/// The command that copies the object to the standard output, or the standard input to it. not_found where its program is missing.
Result<std::vector<std::string>> CommandFor(const Place& place, bool download, const exec::ProcessEnv& environment) {
  const auto on_path = [&](const std::string& program) { return exec::FindOnPath(program, environment).string(); };
  const std::string from = download ? place.text : "-";
  const std::string to = download ? "-" : place.text;
  if (place.kind == Place::Kind::kS3) {
    if (const std::string aws = on_path("aws"); !aws.empty())
      return std::vector<std::string>{aws, "s3", "cp", from, to};
    return Fail(ErrorCode::kNotFound, "there is no program 'aws' on PATH for " + place.text,
                "install the AWS command line");
  }
  if (place.kind == Place::Kind::kGs) {
    // The one that comes first on PATH: so a person chooses.
    const auto path = environment.find("PATH");
    const std::string folders = path == environment.end() ? "" : path->second;
    for (const std::string_view folder : Split(folders, ':')) {
      const exec::ProcessEnv here = {{"PATH", std::string(folder)}};
      if (const Path gsutil = exec::FindOnPath("gsutil", here); !gsutil.empty())
        return std::vector<std::string>{gsutil.string(), "cp", from, to};
      if (const Path gcloud = exec::FindOnPath("gcloud", here); !gcloud.empty())
        return std::vector<std::string>{gcloud.string(), "storage", "cp", from, to};
    }
    return Fail(ErrorCode::kNotFound, "there is no program 'gsutil' or 'gcloud' on PATH for " + place.text,
                "install the Google Cloud command line");
  }
  const std::string az = on_path("az");
  if (az.empty())
    return Fail(ErrorCode::kNotFound, "there is no program 'az' on PATH for " + place.text,
                "install the Azure command line");
  const Blob blob = BlobOf(place.text);
  std::vector<std::string> command = {az,
                                      "storage",
                                      "blob",
                                      download ? "download" : "upload",
                                      "--account-name",
                                      blob.account,
                                      "--container-name",
                                      blob.container,
                                      "--name",
                                      blob.name,
                                      "--file",
                                      download ? "/dev/stdout" : "/dev/stdin",
                                      "--no-progress",
                                      "--only-show-errors",
                                      "--output",
                                      "none"};
  if (!download) command.emplace_back("--overwrite");
  return command;
}

/// What the programs say of an object that is not there.
bool SaysNotThere(std::string_view errors) {
  static constexpr std::string_view kWords[] = {"(404)",        "NoSuchKey",       "does not exist",
                                                "BlobNotFound", "No URLs matched", "matched no objects"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return errors.find(word) != std::string_view::npos; });
}

/// What went wrong, with all that the program said about it.
Error Failed(const std::string& doing, const Error& error, const std::string& said) {
  Error failure = error;
  failure.code = error.code == ErrorCode::kInvalidInput ? ErrorCode::kUnavailable : error.code;
  const std::string_view words = Trim(said);
  failure.message =
      doing + ": " +
      (words.empty() || error.code == ErrorCode::kTimedOut ? error.message + (words.empty() ? "" : ": ") : "") +
      StripControls(ValidUtf8(words));
  std::replace(failure.message.begin(), failure.message.end(), '\n', ' ');
  return failure;
}

}  // namespace

Result<std::optional<std::string>> Download(const Place& place, const StorageOptions& options) {
  TRY_ASSIGN(const std::vector<std::string> command, CommandFor(place, true, options.environment));
  std::string said;
  Result<std::string> bytes = exec::RunAndCapture(command, options.environment, options.timeout_ms, &said);
  if (bytes) return std::optional<std::string>(*std::move(bytes));
  if (SaysNotThere(said)) return std::optional<std::string>();
  return Fail(Failed("cannot read " + place.text, bytes.error(), said));
}

Result<> Upload(const Place& place, const std::string& bytes, const StorageOptions& options) {
  TRY_ASSIGN(const std::vector<std::string> command, CommandFor(place, false, options.environment));
  std::string said;
  const Result<std::string> done = exec::RunAndCapture(command, options.environment, options.timeout_ms, &said, &bytes);
  if (!done) return Fail(Failed("cannot write " + place.text, done.error(), said));
  return {};
}

}  // namespace davit::hub
