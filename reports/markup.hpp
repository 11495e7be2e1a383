#pragma once
/// Text inside HTML and XML. Everything of a result goes through here on its way into a page.

#include <string>
#include <string_view>

namespace rehearse::reports {

/// visible() text with & < > " ' as entities: safe as the content of an element and inside quoted
/// attributes of HTML and of XML 1.0. Text of more than `longest` columns gives way in the middle.
std::string markup(std::string_view text, int longest = 20'000);

/// The same, line feeds kept: for the content of <pre>, <failure> and the like. Not for attributes.
std::string markup_lines(std::string_view text);

}  // namespace rehearse::reports
