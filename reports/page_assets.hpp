#pragma once
/// Style and script of the page, compiled in from reports/page/ so that a page needs no other file.

namespace rehearse::reports {

extern const char* const kPageStyle;
extern const char* const kPageScript;
/// The texts of the licences of the libraries in kPageScript, each under the name of its library.
extern const char* const kPageLicences;
/// SHA-256 of kPageScript in hexadecimal: the page's security policy lets this script run, and no
/// other.
extern const char* const kPageScriptSha256;

}  // namespace rehearse::reports
