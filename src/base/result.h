// Result<T> and Error: the one way in which an expected failure travels. An Error says what the caller can do (`code`), where the
// cause is (`position`, into a SourceMap) and how to mend it (`suggestion`). A tool that fails is a result of an operation, not an
// Error. Bugs are CHECKs. Plain values; any thread.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace davit {

/// A position in a source file: 4 bytes, 0 = none. Line and column are computed only when it is printed (base/diagnostics.h).
struct Pos {
  uint32_t index = 0;
  explicit operator bool() const { return index != 0; }
  friend bool operator==(Pos, Pos) = default;
};

/// What the caller can do about a failure; mapped to exit code in base/result.cc, to HTTP status and retry rule at the edge.
enum class ErrorCode {
  kInvalidInput,     // mend the input (exit 3)
  kNotFound,         // name something that exists (exit 3)
  kConflict,         // somebody else was first (exit 1)
  kUnauthenticated,  // log in (exit 1)
  kDenied,           // ask for the right (exit 1)
  kExhausted,        // free something: disk, quota (exit 1)
  kUnavailable,      // try again later (exit 1)
  kTimedOut,         // it took too long (exit 1)
  kCancelled,        // somebody asked for it (exit 130)
  kNeedsPerson,      // an approval or a reconcile is waiting (exit 4)
  kInternal,         // a bug or a broken machine (exit 1)
};

const char* ToString(ErrorCode code);
/// Exit code of a command that ended with this error (DESIGN.md "How it is used").
int ExitCodeOf(ErrorCode code);

struct Note {
  std::string message;
  Pos position;
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // one sentence, no full stop, no newline
  Pos position;
  std::vector<Note> notes;
  std::string suggestion;  // what to do; may be empty
};

template <typename T = void>
using Result = tl::expected<T, Error>;

/// `return Fail(ErrorCode::kNotFound, "no component 'x'", "did you mean 'y'?")`.
[[gnu::cold]] inline tl::unexpected<Error> Fail(ErrorCode code, std::string message, std::string suggestion = {},
                                                Pos position = {}) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.position = position;
  error.suggestion = std::move(suggestion);
  return tl::unexpected<Error>(std::move(error));
}
[[gnu::cold]] inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
/// The failure of a system call: `errno` decides the code (ENOSPC, EDQUOT: exhausted; ENOENT: not_found; EACCES: denied).
tl::unexpected<Error> FailErrno(int error_number, const std::string& what);

/// Ends the process with the place and the text; for bugs only.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition, const std::string& detail);

}  // namespace davit

#define DAVIT_CONCAT2(a, b) a##b
#define DAVIT_CONCAT(a, b) DAVIT_CONCAT2(a, b)
/// TRY(expr): returns its error from the enclosing function.
#define TRY(expr)                                                            \
  do {                                                                       \
    auto try_result = (expr);                                                \
    if (!try_result) return ::tl::unexpected(std::move(try_result).error()); \
  } while (0)
// NOLINTBEGIN(bugprone-macro-parentheses): a name and a declaration are no expressions.
/// TRY_ASSIGN(auto x, expr): the value, or returns its error from the enclosing function.
#define TRY_ASSIGN(decl, expr) TRY_ASSIGN_IMPL(DAVIT_CONCAT(try_value_, __LINE__), decl, expr)
#define TRY_ASSIGN_IMPL(temp, decl, expr)                      \
  auto temp = (expr);                                          \
  if (!temp) return ::tl::unexpected(std::move(temp).error()); \
  decl = std::move(*temp)
// NOLINTEND(bugprone-macro-parentheses)
#define CHECK(cond, ...)                                                                    \
  do {                                                                                      \
    if (!(cond)) ::davit::CheckFailed(__FILE__, __LINE__, #cond, std::string{__VA_ARGS__}); \
  } while (0)
