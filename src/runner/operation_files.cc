#include "runner/operation_files.h"

namespace davit::runner {

Result<> WriteFilesOf(const drivers::Operation& operation, std::vector<std::string>* warnings) {
  for (const drivers::File& file : operation.files) TRY(WriteFile(file.path, file.content, file.mode));
  if (!operation.more_files) return {};
  TRY_ASSIGN(const std::vector<drivers::File> files, operation.more_files(warnings));
  for (const drivers::File& file : files) {
    std::error_code error;
    std::filesystem::remove(file.path, error);  // it may be one that nobody may write to
    TRY(WriteFile(file.path, file.content, file.mode));
  }
  return {};
}

}  // namespace davit::runner
