// A thin wrapper of SQLite's C API: a connection with cached statements, and a statement in use that resets itself. One thread.
#pragma once

#include <sqlite3.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/fd.h"
#include "base/json.h"
#include "model/ids.h"
#include "model/states.h"

namespace davit::store {

/// A prepared statement while it is used; reset when it goes.
class Use {
 public:
  explicit Use(sqlite3* database, sqlite3_stmt* statement, int64_t* counter)
      : database_(database), statement_(statement), counter_(counter) {}
  Use(Use&& other) noexcept
      : database_(other.database_),
        statement_(std::exchange(other.statement_, nullptr)),
        counter_(other.counter_),
        bound_(other.bound_),
        started_(other.started_) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use();

  void Bind(std::string_view text);
  void Bind(int64_t number);
  void BindBlob(std::string_view bytes);
  /// Any field of a row.
  template <typename T>
  void BindField(const T& field);

  /// true: there is a row; false: done.
  Result<bool> Next();
  /// Runs it to its end.
  Result<> Run();

  int64_t Int(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string Text(int column) const;
  template <typename T>
  void ReadField(int column, T& field) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
  int64_t* counter_;
  int bound_ = 0;
  bool started_ = false;  // it is counted once, when it begins
};

class Database {
 public:
  /// Opens or creates; `read_only` never writes. ":memory:" is a database of its own.
  static Result<std::unique_ptr<Database>> Open(const std::string& file, bool read_only);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Several statements without parameters.
  Result<> Execute(const std::string& sql);
  /// A cached statement; `sql` is the key.
  Result<Use> Prepare(const std::string& sql);
  sqlite3* get() const { return database_; }
  /// How many were executed since it was opened.
  int64_t statements() const { return statements_; }

 private:
  Database() = default;
  sqlite3* database_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> cache_;
  int64_t statements_ = 0;
};

/// The error of the last call on a connection: exhausted (full), unavailable (busy), denied (read only), internal.
tl::unexpected<Error> FailSqlite(sqlite3* database, const std::string& what);

template <typename T>
void Use::BindField(const T& field) {
  if constexpr (std::is_same_v<T, bool> || std::is_integral_v<T>) {
    Bind(static_cast<int64_t>(field));
  } else if constexpr (std::is_enum_v<T>) {
    Bind(ToString(field));
  } else if constexpr (std::is_same_v<T, std::string>) {
    Bind(std::string_view(field));
  } else if constexpr (std::is_same_v<T, json::object>) {
    Bind(std::string_view(json::serialize(field)));
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    json::array array;
    for (const std::string& text : field) array.emplace_back(text);
    Bind(std::string_view(json::serialize(array)));
  } else {
    Bind(std::string_view(field.text));  // an Id
  }
}

template <typename T>
void Use::ReadField(int column, T& field) const {
  if constexpr (std::is_same_v<T, bool>) {
    field = Int(column) != 0;
  } else if constexpr (std::is_integral_v<T>) {
    field = static_cast<T>(Int(column));
  } else if constexpr (std::is_enum_v<T>) {
    field = FromString<T>(Text(column)).value_or(T{});
  } else if constexpr (std::is_same_v<T, std::string>) {
    field = Text(column);
  } else if constexpr (std::is_same_v<T, json::object>) {
    Result<json::value> value = ParseJson(Text(column));
    field = value && value->is_object() ? value->as_object() : json::object();
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    field.clear();
    if (Result<json::value> value = ParseJson(Text(column)); value && value->is_array()) {
      for (const json::value& item : value->as_array()) {
        if (item.is_string()) field.emplace_back(item.as_string());
      }
    }
  } else {
    field.text = Text(column);
  }
}

}  // namespace davit::store
