// How text looks: colours and symbols where the terminal has them, plain letters where not, and the width that a text
// takes on a screen. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace davit::cli {

struct Style {
  bool color = false;
  bool unicode = false;
};

enum class Ink { kPlain, kBold, kDim, kGreen, kRed, kYellow, kBlue, kCyan };
std::string Paint(const Style& style, Ink ink, std::string_view text);

/// Symbols of one meaning each, with their letters for terminals that are not UTF-8.
enum class Symbol { kDone, kFailed, kAttention, kNothing, kArrow, kEllipsis };
std::string_view Glyph(const Style& style, Symbol symbol);
/// The spinner's picture for a moment.
std::string_view Spinner(const Style& style, int64_t elapsed_ms);

/// Columns that a text takes: code points, East-Asian wide ones and emoji as two, combining marks and ANSI sequences as
/// none.
int Width(std::string_view text);
/// Cuts a text without ANSI sequences to at most `columns`, with an ellipsis where something is missing.
std::string Cut(std::string_view text, int columns, const Style& style);
/// Cuts, or fills with spaces, to exactly `columns`.
std::string Fit(std::string_view text, int columns, const Style& style);
/// Breaks at spaces; a word that is longer than `columns` gets a line of its own, whole, so that it can still be
/// copied.
std::vector<std::string> Wrap(std::string_view text, int columns);
/// A value in pieces of at most `columns`, at a space where there is one, else within a word. Other than of `Wrap` all spaces stay, but
/// those at a break.
std::vector<std::string> Chunks(std::string_view text, int columns);

}  // namespace davit::cli
