// The measure of "validate": libyaml merely scanning the same files into tokens. Prints how many there were.
#include <yaml.h>

#include <cstdio>

namespace {

/// Tokens in a file; -1 where it cannot be read.
long Scan(const char* path) {
  FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return -1;
  yaml_parser_t parser;
  if (yaml_parser_initialize(&parser) == 0) return -1;
  yaml_parser_set_input_file(&parser, file);
  long tokens = 0;
  for (bool more = true; more; ++tokens) {
    yaml_token_t token;
    if (yaml_parser_scan(&parser, &token) == 0) {
      tokens = -1;
      break;
    }
    more = token.type != YAML_STREAM_END_TOKEN;
    yaml_token_delete(&token);
  }
  yaml_parser_delete(&parser);
  std::fclose(file);
  return tokens;
}

}  // namespace

int main(int argc, char** argv) {
  long total = 0;
  for (int i = 1; i < argc; ++i) {
    const long tokens = Scan(argv[i]);
    if (tokens < 0) {
      std::fprintf(stderr, "yaml_scan: cannot scan %s\n", argv[i]);
      return 1;
    }
    total += tokens;
  }
  std::printf("%ld tokens\n", total);
  return 0;
}
