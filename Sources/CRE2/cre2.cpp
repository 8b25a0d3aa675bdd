#include "cre2.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

namespace {

RE2::Options options(int64_t max_memory) {
  RE2::Options options;
  options.set_log_errors(false);  // the caller reports; RE2 would write to stderr
  options.set_max_mem(max_memory);
  return options;
}

void tell(const std::string& message, char* error, size_t capacity) {
  if (error == nullptr || capacity == 0) return;
  size_t count = std::min(message.size(), capacity - 1);
  // A cut must not leave half a UTF-8 sequence.
  while (count > 0 && count < message.size() && (static_cast<unsigned char>(message[count]) & 0xC0) == 0x80) count--;
  std::memcpy(error, message.data(), count);
  error[count] = '\0';
}

// The text is nowhere where there is none: RE2 wants an address all the same.
re2::StringPiece piece(const char* text, size_t length) { return re2::StringPiece(length == 0 ? "" : text, length); }

}  // namespace

struct cre2_regex {
  RE2 regex;
  cre2_regex(re2::StringPiece pattern, int64_t max_memory) : regex(pattern, options(max_memory)) {}
};

struct cre2_set {
  RE2::Set set;
  explicit cre2_set(int64_t max_memory) : set(options(max_memory), RE2::UNANCHORED) {}
};

cre2_regex* cre2_new(const char* pattern, size_t length, int64_t max_memory, char* error, size_t error_capacity) {
  try {
    auto* made = new cre2_regex(piece(pattern, length), max_memory);
    if (made->regex.ok()) return made;
    tell(made->regex.error(), error, error_capacity);
    delete made;
  } catch (const std::exception&) {
    tell("out of memory", error, error_capacity);
  }
  return nullptr;
}

void cre2_free(cre2_regex* regex) { delete regex; }

int cre2_captures(const cre2_regex* regex) { return regex->regex.NumberOfCapturingGroups(); }

int cre2_match(const cre2_regex* regex, const char* text, size_t length) {
  try {
    return regex->regex.Match(piece(text, length), 0, length, RE2::UNANCHORED, nullptr, 0) ? 1 : 0;
  } catch (const std::exception&) {
    return CRE2_OUT_OF_MEMORY;
  }
}

int cre2_match_groups(const cre2_regex* regex, const char* text, size_t length, int64_t* ranges, int groups) {
  try {
    re2::StringPiece found[CRE2_MAX_GROUPS];
    const int asked = std::max(0, std::min(groups, static_cast<int>(CRE2_MAX_GROUPS)));
    const int known = std::min(asked, regex->regex.NumberOfCapturingGroups() + 1);
    const re2::StringPiece subject = piece(text, length);
    if (!regex->regex.Match(subject, 0, length, RE2::UNANCHORED, found, known)) return 0;
    for (int group = 0; group < groups; group++) {
      const bool present = group < known && found[group].data() != nullptr;
      ranges[2 * group] = present ? found[group].data() - subject.data() : -1;
      ranges[2 * group + 1] = present ? static_cast<int64_t>(found[group].size()) : 0;
    }
    return 1;
  } catch (const std::exception&) {
    return CRE2_OUT_OF_MEMORY;
  }
}

cre2_set* cre2_set_new(int64_t max_memory) {
  try {
    return new cre2_set(max_memory);
  } catch (const std::exception&) {
    return nullptr;
  }
}

void cre2_set_free(cre2_set* set) { delete set; }

int cre2_set_add(cre2_set* set, const char* pattern, size_t length, char* error, size_t error_capacity) {
  try {
    std::string message;
    const int index = set->set.Add(piece(pattern, length), &message);
    if (index >= 0) return index;
    tell(message, error, error_capacity);
    return CRE2_INVALID;
  } catch (const std::exception&) {
    tell("out of memory", error, error_capacity);
    return CRE2_OUT_OF_MEMORY;
  }
}

int cre2_set_compile(cre2_set* set) {
  try {
    return set->set.Compile() ? 1 : 0;
  } catch (const std::exception&) {
    return 0;
  }
}

int cre2_set_match(const cre2_set* set, const char* text, size_t length, int32_t* indices, int capacity) {
  // Kept per thread: a match asks the allocator for nothing once it has grown.
  thread_local std::vector<int> found;
  try {
    RE2::Set::ErrorInfo error{RE2::Set::kNoError};
    found.clear();
    if (!set->set.Match(piece(text, length), &found, &error)) {
      // An uncompiled or inconsistent set cannot tell either.
      return error.kind == RE2::Set::kNoError ? 0 : CRE2_OUT_OF_MEMORY;
    }
    const int count = static_cast<int>(found.size());
    for (int index = 0; index < std::min(count, capacity); index++) indices[index] = found[index];
    return count;
  } catch (const std::exception&) {
    return CRE2_OUT_OF_MEMORY;
  }
}
