#include "manifest/scalar.h"

#include <gtest/gtest.h>

namespace davit::manifest {
namespace {

json::value Read(std::string_view text, Dialect dialect) {
  const Result<json::value> value = ReadPlain(text, dialect);
  return value ? *value : json::value("error: " + value.error().message);
}
json::value New(std::string_view text) {
  return Read(text, Dialect::kYaml12);
}
json::value Old(std::string_view text) {
  return Read(text, Dialect::kYaml11);
}

TEST(Scalar, NullAndBooleansOfBothDialects) {
  for (const char* text : {"", "~", "null", "Null", "NULL"}) {
    EXPECT_TRUE(New(text).is_null()) << text;
    EXPECT_TRUE(Old(text).is_null()) << text;
  }
  for (const char* text : {"true", "True", "TRUE"}) {
    EXPECT_EQ(New(text), json::value(true)) << text;
    EXPECT_EQ(Old(text), json::value(true)) << text;
  }
  for (const char* text : {"false", "False", "FALSE"}) {
    EXPECT_EQ(New(text), json::value(false)) << text;
    EXPECT_EQ(Old(text), json::value(false)) << text;
  }
  for (const char* text : {"tRUE", "nul", "truely", "-", "+", ".", "~~"}) {
    EXPECT_EQ(New(text), json::value(text));
    EXPECT_EQ(Old(text), json::value(text));
  }
}

TEST(Scalar, OnlyTheOldDialectHasOtherBooleans) {
  for (const char* text : {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}) {
    EXPECT_EQ(New(text), json::value(text));
    EXPECT_EQ(Old(text), json::value(true)) << text;
  }
  for (const char* text : {"n", "N", "no", "No", "NO", "off", "Off", "OFF"}) {
    EXPECT_EQ(New(text), json::value(text));
    EXPECT_EQ(Old(text), json::value(false)) << text;
  }
}

TEST(Scalar, WholeNumbers) {
  EXPECT_EQ(New("12"), json::value(12));
  EXPECT_EQ(New("-12"), json::value(-12));
  EXPECT_EQ(New("+12"), json::value(12));
  EXPECT_EQ(New("010"), json::value(10));
  EXPECT_EQ(New("0o10"), json::value(8));
  EXPECT_EQ(New("0xfF"), json::value(255));
  EXPECT_EQ(New("1_000"), json::value("1_000"));
  EXPECT_EQ(New("0b11"), json::value("0b11"));
  EXPECT_EQ(New("0x"), json::value("0x"));
  EXPECT_EQ(New("-0x1"), json::value("-0x1"));
  EXPECT_EQ(New("--1"), json::value("--1"));
  EXPECT_EQ(New("-9223372036854775808"), json::value(INT64_MIN));
  EXPECT_EQ(New("18446744073709551615"), json::value(UINT64_MAX));
  EXPECT_EQ(Old("010"), json::value(8));
  EXPECT_EQ(Old("-010"), json::value(-8));
  EXPECT_EQ(Old("0o10"), json::value(8));
  EXPECT_EQ(Old("0xfF"), json::value(255));
  EXPECT_EQ(Old("0b11"), json::value(3));
  EXPECT_EQ(Old("1_000"), json::value(1000));
  EXPECT_EQ(Old("08"), json::value(8.0));  // no octal number, but a float
  EXPECT_EQ(Old("0"), json::value(0));
  EXPECT_EQ(Old("_"), json::value("_"));
}

TEST(Scalar, Fractions) {
  for (Dialect dialect : {Dialect::kYaml12, Dialect::kYaml11}) {
    EXPECT_EQ(Read("1.10", dialect), json::value(1.1));
    EXPECT_EQ(Read(".5", dialect), json::value(0.5));
    EXPECT_EQ(Read("5.", dialect), json::value(5.0));
    EXPECT_EQ(Read("-1e3", dialect), json::value(-1000.0));
    EXPECT_EQ(Read("+1.5E-1", dialect), json::value(0.15));
  }
}

TEST(Scalar, WhatLooksLikeANumberAndIsAText) {
  for (Dialect dialect : {Dialect::kYaml12, Dialect::kYaml11}) {
    for (const char* text : {"1:30", "190:20:30", "2001-01-01", "2001-12-14t21:59:43.10-05:00", "10.20.0.0/16", "1.2.3",
                             "1e", "e1", "-a", ".e1", "10.0.0.1", "1 2"}) {
      EXPECT_EQ(Read(text, dialect), json::value(text));
    }
  }
}

TEST(Scalar, NumbersThatJsonCannotHoldAreErrors) {
  for (const char* text : {".inf", "-.inf", "+.Inf", ".nan", ".NAN"}) {
    const Result<json::value> value = ReadPlain(text, Dialect::kYaml12);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().message, std::string(text) + " is no number that a value can have");
    EXPECT_EQ(value.error().suggestion, "put it in quotes if it is meant as a text");
    EXPECT_FALSE(ReadPlain(text, Dialect::kYaml11));
  }
  EXPECT_FALSE(ReadPlain("1e999", Dialect::kYaml12));
  EXPECT_EQ(New("123456789012345678901"),
            json::value("error: 123456789012345678901 is a number that is too large to be kept exactly"));
  EXPECT_EQ(Old("123456789012345678901"), json::value(123456789012345678901.0));
}

TEST(Scalar, WhichFilesAreOld) {
  EXPECT_EQ(DialectOf("hub.yaml"), Dialect::kYaml11);
  EXPECT_EQ(DialectOf("hub-component.yaml"), Dialect::kYaml11);
  EXPECT_EQ(DialectOf("params-prod.yaml"), Dialect::kYaml11);
  EXPECT_EQ(DialectOf("stack.yaml"), Dialect::kYaml12);
  EXPECT_EQ(DialectOf("component.yaml"), Dialect::kYaml12);
  EXPECT_EQ(DialectOf("prod.yaml"), Dialect::kYaml12);
}

TEST(Scalar, Descriptions) {
  EXPECT_EQ(Describe(json::value(nullptr)), "nothing");
  EXPECT_EQ(Describe(json::value(3)), "the number 3");
  EXPECT_EQ(Describe(json::value(false)), "false");
  EXPECT_EQ(Describe(json::value("three")), "the text \"three\"");
  EXPECT_EQ(Quoted(std::string(100, 'x')), '"' + std::string(60, 'x') + "…\"");
}

}  // namespace
}  // namespace davit::manifest
