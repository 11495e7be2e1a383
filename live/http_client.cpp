#include "live/http_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace rehearse::live {
namespace {

struct Received {
  std::string body;
  std::size_t most = 0;
  bool too_much = false;
};

extern "C" std::size_t receive_http(char* data, std::size_t size, std::size_t count, void* into) {
  auto& received = *static_cast<Received*>(into);
  const std::size_t bytes = size * count;
  if (received.body.size() + bytes > received.most) {
    received.too_much = true;
    return 0;  // ends the transfer
  }
  received.body.append(data, bytes);
  return bytes;
}

bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

long milliseconds_of(Duration time) {
  return static_cast<long>(std::max<std::int64_t>(1, time / Duration::milliseconds(1)));
}

struct Freed {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(char* text) const { curl_free(text); }
};

}  // namespace

struct HttpClient::Handle {
  CURL* curl = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};

  Handle() {
    if (curl_is_ready()) curl = curl_easy_init();
  }
  ~Handle() {
    if (curl != nullptr) curl_easy_cleanup(curl);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(curl, option, value);
  }
};

HttpClient::HttpClient(Options options)
    : options_(std::move(options)), handle_(std::make_unique<Handle>()) {
  Handle& h = *handle_;
  if (h.curl == nullptr) return;
  h.set(CURLOPT_ERRORBUFFER, h.error.data());
  h.set(CURLOPT_NOSIGNAL, 1L);
  h.set(CURLOPT_TIMEOUT_MS, milliseconds_of(options_.timeout));
  h.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds_of(options_.timeout));
  h.set(CURLOPT_PROTOCOLS_STR, "http,https");
  h.set(CURLOPT_FOLLOWLOCATION, 0L);
  h.set(CURLOPT_PROXY, "");  // none, whatever the environment says
  h.set(CURLOPT_SSL_VERIFYPEER, 1L);
  h.set(CURLOPT_SSL_VERIFYHOST, 2L);
  h.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options_.ca.empty()) {
    h.set(CURLOPT_CAINFO, options_.ca.c_str());
    h.set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  h.set(CURLOPT_USERAGENT, "rehearse/" REHEARSE_VERSION);
  h.set(CURLOPT_WRITEFUNCTION, &receive_http);
}

HttpClient::~HttpClient() = default;

Answer<HttpReply> HttpClient::ask(const std::string& url, const std::string& bearer,
                                  const std::string& field, const std::string& value) {
  Handle& h = *handle_;
  if (h.curl == nullptr) return Answer<HttpReply>::failed("libcurl cannot be used");
  Received received{{}, options_.most_bytes, false};
  h.error[0] = '\0';
  h.set(CURLOPT_URL, url.c_str());
  h.set(CURLOPT_WRITEDATA, &received);
  std::string form;
  if (field.empty()) {
    h.set(CURLOPT_HTTPGET, 1L);
  } else {
    const std::unique_ptr<char, Freed> escaped(
        curl_easy_escape(h.curl, value.data(), static_cast<int>(value.size())));
    if (escaped == nullptr) return Answer<HttpReply>::failed("out of memory");
    form = field + "=" + escaped.get();
    h.set(CURLOPT_POSTFIELDSIZE, static_cast<long>(form.size()));
    h.set(CURLOPT_POSTFIELDS, form.c_str());  // is not copied, and outlives the transfer
  }
  std::unique_ptr<curl_slist, Freed> headers;
  if (!bearer.empty())
    headers.reset(curl_slist_append(nullptr, ("Authorization: Bearer " + bearer).c_str()));
  h.set(CURLOPT_HTTPHEADER, headers.get());
  const CURLcode code = curl_easy_perform(h.curl);
  h.set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  if (received.too_much)
    return Answer<HttpReply>::failed(
        fmt::format("the answer is longer than {} bytes", options_.most_bytes));
  if (code != CURLE_OK)
    return Answer<HttpReply>::failed(h.error[0] != '\0' ? h.error.data()
                                                        : curl_easy_strerror(code));
  HttpReply reply;
  curl_easy_getinfo(h.curl, CURLINFO_RESPONSE_CODE, &reply.status);
  reply.body = std::move(received.body);
  return reply;
}

}  // namespace rehearse::live
