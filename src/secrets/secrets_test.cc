#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "secrets/keyring.h"
#include "secrets/masker.h"

namespace davit::secrets {
namespace {

class KeyringTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/davit-keys-XXXXXX";
    directory_ = ::mkdtemp(name);
    environment_ = {{"XDG_CONFIG_HOME", directory_.string()}};
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  Path directory_;
  Environment environment_;
};

TEST_F(KeyringTest, SealsAndOpensAnySize) {
  Path file;
  const Keyring keyring = Keyring::Create(environment_, &file).value();
  for (size_t size : {size_t{0}, size_t{1}, size_t{65535}, size_t{65536}, size_t{65537}, size_t{300000}}) {
    const std::string plain(size, 'x');
    std::string sealed = keyring.Seal(plain).value();
    EXPECT_EQ(keyring.Open(sealed).value(), plain);
    EXPECT_EQ(sealed.find("xxxxxxxx"), std::string::npos);
    sealed[sealed.size() / 2] ^= 1;
    EXPECT_FALSE(keyring.Open(sealed));
    EXPECT_FALSE(keyring.Open(std::string_view(keyring.Seal(plain).value()).substr(0, sealed.size() - 1)));
  }
}

TEST_F(KeyringTest, IsFoundByIdAndNeverMadeAgain) {
  Path file;
  const Keyring keyring = Keyring::Create(environment_, &file).value();
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(Keyring::Open(environment_, keyring.id())->Open(keyring.Seal("s").value()).value(), "s");
  const std::string content = ReadFile(file).value();
  std::filesystem::remove(file);
  const Error missing = Keyring::Open(environment_, keyring.id()).error();
  EXPECT_EQ(missing.code, ErrorCode::kInvalidInput);
  EXPECT_NE(missing.message.find(keyring.id()), std::string::npos);
  EXPECT_NE(missing.message.find(file.string()), std::string::npos);
  environment_["DAVIT_KEY"] = content;
  EXPECT_EQ(Keyring::Open(environment_, keyring.id())->id(), keyring.id());
  environment_["DAVIT_KEY"] = "nonsense";
  EXPECT_FALSE(Keyring::Open(environment_, keyring.id()));
}

TEST_F(KeyringTest, ARelativePlaceIsNone) {
  EXPECT_EQ(Keyring::KeysDirectory({{"XDG_CONFIG_HOME", "x"}, {"HOME", "/home/u"}}).value(),
            "/home/u/.config/davit/keys");
  EXPECT_EQ(Keyring::KeysDirectory({{"HOME", "relative"}}).error().code, ErrorCode::kInvalidInput);
}

TEST_F(KeyringTest, AnOpenKeyFileIsRefused) {
  Path file;
  const Keyring keyring = Keyring::Create(environment_, &file).value();
  ::chmod(file.c_str(), 0644);
  EXPECT_NE(Keyring::Open(environment_, keyring.id()).error().message.find("others can read"), std::string::npos);
}

TEST(Masker, HidesASecretInEveryForm) {
  const std::string secret = "p\"a&ss-word 7";
  const Masker masker({secret, "two\nlines here", "ab", "true"});
  EXPECT_EQ(masker.Mask("x p\"a&ss-word 7 y"), "x *** y");
  EXPECT_EQ(masker.Mask(R"({"k":"p\"a&ss-word 7"})"), R"({"k":"***"})");
  EXPECT_EQ(masker.Mask("u=p%22a%26ss-word%207&"), "u=***&");
  EXPECT_EQ(masker.Mask("lines here!"), "***!");
  EXPECT_EQ(masker.Mask("ab true"), "ab true");
  for (const char* before : {"", "a", "ab", "abc"}) {
    const std::string line = ToBase64(before + secret);
    EXPECT_NE(masker.Mask(line), line) << before;
  }
}

}  // namespace
}  // namespace davit::secrets
