#include "hub/encryption.h"

#include <gtest/gtest.h>

namespace davit::hub {
namespace {

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

// Made with Python: hashlib.pbkdf2_hmac("sha1", b"correct horse", salt, 4096, 32), then cryptography's AESGCM(key).encrypt(nonce, content,
// salt), salt and nonce counting from 0.
constexpr const char* kForeign =
    "26010001020304050607000102030405060708090a0b8f2149664d42cb1718f39c26e9b654aeca8dfbefe830eb8f7511ed6866cc1d2a3bf24c"
    "54afe20e";

TEST(Encryption, ReadsWhatAnotherImplementationWrote) {
  ASSERT_TRUE(IsEncrypted(FromHex(kForeign)));
  EXPECT_EQ(Decrypt(FromHex(kForeign), "correct horse").value(), "version: 1\nkind: state\n");
}

TEST(Encryption, WhatIsWrittenIsReadBack) {
  const std::string text = "a: 1\n";
  const std::string sealed = Encrypt(text, "pw").value();
  EXPECT_EQ(sealed.size(), text.size() + 2 + 8 + 12 + 16);
  EXPECT_EQ(Decrypt(sealed, "pw").value(), text);
  EXPECT_NE(Encrypt(text, "pw").value(), sealed) << "each time other salt and nonce";
}

TEST(Encryption, RefusesWhatItCannotRead) {
  const std::string foreign = FromHex(kForeign);
  EXPECT_NE(Decrypt(foreign, "wrong").error().message.find("the password is another"), std::string::npos);
  EXPECT_EQ(Decrypt(foreign, "").error().suggestion, "set HUB_CRYPTO_PASSWORD");
  std::string cut = foreign.substr(0, foreign.size() - 1);
  EXPECT_FALSE(Decrypt(cut, "correct horse"));
  std::string other = foreign;
  other[2] ^= 1;  // the salt is authenticated too
  EXPECT_FALSE(Decrypt(other, "correct horse"));
  other = foreign;
  other[1] = 2;
  EXPECT_NE(Decrypt(other, "correct horse").error().message.find("AWS KMS"), std::string::npos);
  other[1] = 4;
  EXPECT_NE(Decrypt(other, "correct horse").error().message.find("Google Cloud KMS"), std::string::npos);
  other[1] = 5;
  EXPECT_FALSE(IsEncrypted(other));
  EXPECT_FALSE(IsEncrypted("& is no file of ours"));
  EXPECT_FALSE(IsEncrypted(""));
}

}  // namespace
}  // namespace davit::hub
