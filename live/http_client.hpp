#pragma once
/// HTTP and HTTPS by libcurl, for small questions with an answer within a time limit. Certificates
/// and host names are verified, always; redirects are not followed (a token would go along),
/// proxies of the environment not used, and answers beyond `most_bytes` not read.
///
/// One connection is kept open between questions. Not thread-safe; several clients may exist.

#include <cstddef>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "live/answer.hpp"

namespace rehearse::live {

struct HttpReply {
  long status = 0;
  std::string body;
};

class HttpClient {
 public:
  struct Options {
    Duration timeout = Duration::seconds(2);  ///< for all of it, the connection included
    std::string ca;                           ///< file with authorities; empty: the system's
    std::size_t most_bytes = std::size_t{8} << 20;
  };

  explicit HttpClient(Options options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// POST of a form field where `value` is given, else GET. A reply of any status is an answer.
  Answer<HttpReply> ask(const std::string& url, const std::string& bearer = {},
                        const std::string& field = {}, const std::string& value = {});

 private:
  struct Handle;
  Options options_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace rehearse::live
