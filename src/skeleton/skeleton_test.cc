#include "skeleton/skeleton.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "skeleton/add_component.h"

namespace davit::skeleton {
namespace {

/// The manifest after a component `db` came in; "" where it is left as it is.
std::string Added(const std::string& text) {
  SourceMap sources;
  const Result<std::optional<std::string>> edited =
      AddComponent(sources, sources.AddFile("stack.yaml", text), "db", "components/db");
  EXPECT_TRUE(edited.has_value()) << text;
  return edited ? edited->value_or("") : "error";
}

Error ErrorOf(const std::string& text) {
  SourceMap sources;
  const Result<std::optional<std::string>> edited =
      AddComponent(sources, sources.AddFile("stack.yaml", text), "db", "components/db");
  EXPECT_FALSE(edited.has_value());
  return edited ? Error{} : edited.error();
}

constexpr char kEntry[] = "  - name: db\n    source: components/db\n";

TEST(AddComponent, BehindTheLastOne) {
  EXPECT_EQ(Added("components:\n  - {name: a}\n"), std::string("components:\n  - {name: a}\n") + kEntry);
  EXPECT_EQ(Added("components:\n- name: a\n  x: 1\n\nparameters: []\n"),
            "components:\n- name: a\n  x: 1\n- name: db\n  source: components/db\n\nparameters: []\n");
  EXPECT_EQ(Added("components:\n  - name: a"), std::string("components:\n  - name: a\n") + kEntry);  // no newline
}

TEST(AddComponent, EndsItsLinesAsTheOthers) {
  EXPECT_EQ(Added("components:\r\n  - name: a\r\n\r\n  - name: b\r\nversion: 1\r\n"),
            "components:\r\n  - name: a\r\n\r\n  - name: b\r\n\r\n"
            "  - name: db\r\n    source: components/db\r\nversion: 1\r\n");
  EXPECT_EQ(Added("components:\r\n  - name: a"),
            "components:\r\n  - name: a\r\n  - name: db\r\n    source: components/db\r\n");
}

TEST(AddComponent, KeepsComments) {
  EXPECT_EQ(
      Added("components:  # what there is\n  - name: a  # first\n    # of a\n\n# of parameters\nparameters: []\n"),
      std::string("components:  # what there is\n  - name: a  # first\n    # of a\n") + kEntry +
          "\n# of parameters\nparameters: []\n");
}

TEST(AddComponent, SetsItApartAsTheOthers) {
  EXPECT_EQ(Added("components:\n  - name: a\n\n  - name: b\nversion: 1\n"),
            std::string("components:\n  - name: a\n\n  - name: b\n\n") + kEntry + "version: 1\n");
}

TEST(AddComponent, LeavesWhatIsNotCertain) {
  for (const char* text :
       {"", "version: 1\n", "components: []\n", "components:\n", "components: [{name: a}]\n", "- a\n",
        "components:\n  - name: a\nlifecycle: {order: [a]}\n", "{components: [\n  {name: a}]}\n",
        "x: &c\n  - name: a\ncomponents: *c\n",         // it would come in twice
        "components:\n  - name: a\n---\nversion: 1\n",  // it would come into the second document
        "components:\n  - name: a\n    brief: |\n      text\n    # not text\n   \n  # x\n..."}) {
    EXPECT_EQ(Added(text), "") << text;
  }
}

TEST(AddComponent, RefusesItTwiceAndWhatIsBroken) {
  EXPECT_EQ(ErrorOf("components:\n  - name: db\n").message, "there is a component 'db' already");
  EXPECT_TRUE(ErrorOf("components:\n  - name: db\n").position);
  EXPECT_TRUE(ErrorOf("components:\n  - {name: a\n").position);
}

TEST(Skeletons, EachCanBeFilledForEveryName) {
  EXPECT_EQ(ComponentKinds(), (std::vector<std::string_view>{"make", "script", "terraform"}));
  for (const char* skeleton :
       {"stack", "component-make", "component-script", "component-terraform", "hub-stack", "hub-component"}) {
    const Result<std::vector<NewFile>> files = FilesOf(skeleton, "1.my-app");
    ASSERT_TRUE(files.has_value()) << files.error().message;
    EXPECT_FALSE(files->empty()) << skeleton;
    for (const NewFile& file : *files) {
      EXPECT_EQ(file.content.find("{{"), std::string::npos) << file.path;
      EXPECT_EQ(file.mode, file.content.starts_with("#!") ? 0755u : 0644u) << file.path;
    }
  }
}

TEST(Skeletons, NamesAreMadeFit) {
  const Result<std::vector<NewFile>> files = FilesOf("component-make", "1.my-app");
  ASSERT_TRUE(files.has_value());
  EXPECT_NE(files->at(0).content.find("\n_1_MY_APP_SIZE ?= 1\n"), std::string::npos) << files->at(0).content;
  const Result<std::vector<NewFile>> stack = FilesOf("hub-component", "010");
  ASSERT_TRUE(stack.has_value());
  EXPECT_NE(stack->at(0).content.find("name: \"010\"\n"), std::string::npos) << stack->at(0).content;
}

TEST(Skeletons, NamesAreChecked) {
  EXPECT_TRUE(CheckName("stack", "shop-1.a_b").has_value());
  for (const char* name : {"", "-a", ".a", "a/b", "a b", "a:1", "\xff", "a\n"}) {
    const Result<> checked = CheckName("stack", name);
    ASSERT_FALSE(checked.has_value()) << name;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidInput);
    EXPECT_FALSE(checked.error().suggestion.empty());
  }
}

class NewFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    top_ = Path(testing::TempDir()) / ("new_files_" + std::to_string(::getpid()));
    std::filesystem::remove_all(top_);
  }
  void TearDown() override { std::filesystem::remove_all(top_); }
  Path top_;
};

TEST_F(NewFilesTest, AllOrNothing) {
  {
    NewFiles files(top_ / "stack");
    ASSERT_TRUE(files.Add({{"a/b/one", "1"}, {"two", "#!/bin/sh\n", 0755}}).has_value());
  }
  EXPECT_FALSE(std::filesystem::exists(top_));  // not kept: directories that were made are gone too

  NewFiles files(top_ / "stack");
  ASSERT_TRUE(files.Add({{"a/b/one", "1"}, {"two", "2"}}).has_value());
  files.Keep();
  NewFiles more(top_ / "stack");
  const Result<> added = more.Add({{"three", "3"}, {"two", "other"}});
  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().code, ErrorCode::kConflict);
  EXPECT_FALSE(std::filesystem::exists(top_ / "stack/three"));
  EXPECT_EQ(*ReadFile(top_ / "stack/two"), "2");
}

TEST_F(NewFilesTest, WhatCameInTheWayTakesAllBack) {
  std::filesystem::create_directories(top_);
  std::filesystem::create_symlink("nowhere", top_ / "link");
  {
    NewFiles files(top_);
    EXPECT_FALSE(files.Add({{"link", "1"}}).has_value());  // one that leads nowhere is there, too
  }
  ASSERT_TRUE(WriteFile(top_ / "plain", "").has_value());
  {
    NewFiles files(top_);
    EXPECT_FALSE(files.Add({{"one", "1"}, {"plain/two", "2"}}).has_value());
  }
  EXPECT_FALSE(std::filesystem::exists(top_ / "one"));
  EXPECT_TRUE(std::filesystem::exists(top_ / "plain"));
}

}  // namespace
}  // namespace davit::skeleton
