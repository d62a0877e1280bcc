#include "hub/storage.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/gzip.h"
#include "base/text.h"
#include "hub/encryption.h"

namespace davit::hub {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 30;
constexpr TimeMs kAsNew = 10'000;

std::string PasswordOf(const StorageOptions& options) {
  const auto found = options.environment.find("HUB_CRYPTO_PASSWORD");
  return found == options.environment.end() ? "" : found->second;
}

/// The value of the line that begins with `timestamp:`, without the rest of the file being read.
TimeMs TimestampIn(std::string_view text) {
  static constexpr std::string_view kKey = "timestamp:";
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.starts_with(kKey)) {
      line = Trim(line.substr(kKey.size()));
      if (line.size() > 1 && (line.front() == '"' || line.front() == '\'')) line = line.substr(1, line.size() - 2);
      return ParseTime(line);
    }
    at = end + 1;
  }
  return 0;
}

TimeMs ModifiedAt(const Place& place) {
  struct stat info {};
  if (!place.IsLocal() || ::stat(place.text.c_str(), &info) != 0) return 0;
  return static_cast<TimeMs>(info.st_mtim.tv_sec) * 1000 + info.st_mtim.tv_nsec / 1'000'000;
}

std::string WhereItLies(const Place& place) {
  std::error_code error;
  return place.IsLocal()
             ? std::filesystem::weakly_canonical(std::filesystem::absolute(place.text, error), error).string()
             : place.text;
}

Result<Place> ParsePlace(const std::string& text, const std::string& what) {
  const size_t colon = text.find("://");
  if (colon == std::string::npos) return Place{Place::Kind::kLocal, text};
  const std::string scheme = text.substr(0, colon);
  static const std::map<std::string, Place::Kind> kKinds = {
      {"s3", Place::Kind::kS3}, {"gs", Place::Kind::kGs}, {"az", Place::Kind::kAz}};
  const auto kind = kKinds.find(scheme);
  if (kind == kKinds.end())
    return Fail(ErrorCode::kInvalidInput, "a " + what + " cannot lie at " + text, "a path, s3://, gs:// or az://");
  const std::vector<std::string_view> parts = Split(std::string_view(text).substr(colon + 3), '/');
  const size_t needed = kind->second == Place::Kind::kAz ? 3 : 2;
  const bool whole = parts.size() >= needed &&
                     std::none_of(parts.begin(), parts.begin() + static_cast<ptrdiff_t>(needed) - 1,
                                  [](std::string_view part) { return part.empty(); }) &&
                     !parts.back().empty();
  if (!whole)
    return Fail(ErrorCode::kInvalidInput, text + " names no " + what,
                needed == 3 ? "az://account/container/name" : scheme + "://bucket/name");
  return Place{kind->second, text};
}

}  // namespace

Result<std::vector<Place>> ParsePlaces(const std::vector<std::string>& lists, const std::string& what) {
  std::vector<Place> places;
  for (const std::string& list : lists) {
    for (const std::string_view part : Split(list, ',')) {
      if (Trim(part).empty()) continue;
      TRY_ASSIGN(Place place, ParsePlace(std::string(Trim(part)), what));
      const bool named = std::any_of(places.begin(), places.end(),
                                     [&](const Place& other) { return WhereItLies(other) == WhereItLies(place); });
      if (!named) places.push_back(std::move(place));
    }
  }
  if (places.empty()) return Fail(ErrorCode::kInvalidInput, "no " + what + " is named");
  return places;
}

Result<std::string> Storage::Decode(const Place& place, std::string bytes) const {
  const auto with_place = [&](Error error) {
    error.message = "cannot read " + place.text + ": " + error.message;
    return Fail(std::move(error));
  };
  if (IsEncrypted(bytes)) {
    Result<std::string> plain = Decrypt(bytes, PasswordOf(options_));
    if (!plain) return with_place(plain.error());
    encrypted_.insert(place.text);
    bytes = *std::move(plain);
  }
  if (IsGzip(bytes)) {
    Result<std::string> whole = Gunzip(bytes, kMaxBytes);
    if (!whole) return with_place(whole.error());
    bytes = *std::move(whole);
  }
  return bytes;
}

Result<std::optional<std::string>> Storage::ReadPlace(const Place& place) const {
  std::optional<std::string> bytes;
  if (place.IsLocal()) {
    Result<std::string> file = ReadFile(place.text, kMaxBytes);
    if (!file && file.error().code == ErrorCode::kNotFound) return std::optional<std::string>();
    if (!file) return Fail(file.error());
    bytes = *std::move(file);
  } else {
    TRY_ASSIGN(bytes, Download(place, options_));
  }
  return bytes;
}

Result<std::optional<Stored>> Storage::Read(std::vector<std::string>& warnings, Beside beside,
                                            const Check& check) const {
  struct Candidate {
    Stored stored;
    TimeMs time = 0;
  };
  std::vector<Candidate> candidates;
  std::vector<Error> errors;
  std::optional<Error> unclear;  // of one that is there, and nobody knows what is in it
  for (const Place& place : places_) {
    Result<std::optional<std::string>> bytes = ReadPlace(place);
    if (!bytes) errors.push_back(bytes.error());
    if (!bytes || !bytes->has_value()) continue;
    Candidate candidate{{place, {}}, 0};
    const Result<> understood = [&]() -> Result<> {
      TRY_ASSIGN(candidate.stored.bytes, Decode(place, **std::move(bytes)));
      candidate.time = TimestampIn(candidate.stored.bytes);
      if (candidate.time != 0) return {};
      candidate.time = ModifiedAt(place);
      return places_.size() > 1 && check ? check(candidate.stored) : Result<>();
    }();
    if (understood) {
      candidates.push_back(std::move(candidate));
    } else {
      errors.push_back(understood.error());
      if (!unclear) unclear = understood.error();
    }
  }
  if (unclear && !candidates.empty() && beside == Beside::kRefused) {
    unclear->message += "; it may be the newest, and would be written over";
    if (unclear->suggestion.empty()) unclear->suggestion = "mend it, move it away, or leave it out of the list";
    return Fail(*std::move(unclear));
  }
  // Where nothing can be read nobody may take it for "not there": a new file would be written over it.
  if (candidates.empty() && !errors.empty()) return Fail(errors.front());
  for (const Error& error : errors) warnings.push_back(error.message + ": another " + what_ + " is read");
  if (candidates.empty()) return std::optional<Stored>();
  TimeMs newest = 0;
  for (const Candidate& candidate : candidates) newest = std::max(newest, candidate.time);
  Candidate* best = nullptr;
  for (Candidate& candidate : candidates) {
    if (candidate.time + kAsNew < newest) continue;
    const size_t size = candidate.stored.bytes.size();
    if (best == nullptr || size > best->stored.bytes.size() ||
        (size == best->stored.bytes.size() && candidate.stored.place.IsLocal() && !best->stored.place.IsLocal()))
      best = &candidate;
  }
  return std::optional<Stored>(std::move(best->stored));
}

Path WithoutLinks(Path file) {
  constexpr int kMostLinks = 40;  // as the kernel has it
  std::error_code error;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(file, error); ++i) {
    const Path target = std::filesystem::read_symlink(file, error);
    file = target.is_absolute() ? target : file.parent_path() / target;
  }
  return file;
}

Result<> CheckStateFile(const Stored& stored) {
  SourceMap map;
  Result<StateFile> parsed = ParseStateFile(map, map.AddFile(stored.place.text, stored.bytes));
  if (parsed) return {};
  Error error = std::move(parsed).error();
  error.position = {};
  error.notes.clear();
  return Fail(std::move(error));
}

Result<> Storage::WritePlace(const Place& place, const std::string& bytes) const {
  if (!place.IsLocal()) return Upload(place, bytes, options_);
  Path path = place.text;
  path = WithoutLinks(std::move(path));  // a link goes on leading to where it led
  struct stat info {};
  const bool there = ::stat(path.c_str(), &info) == 0;
  const mode_t mode = there ? info.st_mode & 07777 : 0600;
  TRY(WriteFileAtomic(path, bytes, mode));
  if (there && ::chmod(path.c_str(), mode) != 0) return FailErrno(errno, "cannot set the mode of " + place.text);
  return {};
}

Result<> Storage::CheckPassword() const {
  if (options_.encryption != StorageOptions::Encryption::kAll || !PasswordOf(options_).empty()) return {};
  return Fail(ErrorCode::kInvalidInput,
              "cannot write " + (places_.empty() ? what_ : places_[0].text) + " encrypted: there is no password",
              "set HUB_CRYPTO_PASSWORD");
}

Storage::Written Storage::Write(const std::string& bytes) const {
  using Encryption = StorageOptions::Encryption;
  Written written;
  const std::string password = PasswordOf(options_);
  const std::string plain = options_.compressed ? Gzip(bytes) : bytes;
  std::optional<std::string> encrypted;
  for (const Place& place : places_) {
    const bool encrypt =
        options_.encryption == Encryption::kAll || (options_.encryption == Encryption::kIfKeySet && !password.empty() &&
                                                    (!place.IsLocal() || encrypted_.contains(place.text)));
    const Result<> done = [&]() -> Result<> {
      if (!encrypt) return WritePlace(place, plain);
      TRY(CheckPassword());
      if (!encrypted) {
        // Compressed always, as hubctl does: what is encrypted cannot be read by eye anyway.
        TRY_ASSIGN(encrypted, Encrypt(options_.compressed ? plain : Gzip(bytes), password));
      }
      return WritePlace(place, *encrypted);
    }();
    if (done) {
      ++written.count;
    } else {
      written.errors.push_back(done.error());
    }
  }
  return written;
}

}  // namespace davit::hub
