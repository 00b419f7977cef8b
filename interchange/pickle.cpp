#include "interchange/pickle.h"

#include <bit>
#include <map>

#include "core/check.h"
#include "core/suggest.h"

namespace nibble {

const char* PickleValue::kind() const {
  static constexpr const char* kNames[] = {"None",      "a boolean",  "a number",     "a number",
                                           "a text",    "a sequence", "a dictionary", "a class",
                                           "an object", "a reference"};
  return kNames[is.index()];
}

// The stack machine. Operations are named as in pickletools.py.
class PickleMachine {
 public:
  PickleMachine(Pickle& pickle, std::istream& in, const std::set<std::string>& allowed,
                const std::string& who)
      : pickle_(pickle), in_(in), allowed_(allowed), who_(who) {}

  PickleItem run() {
    for (char operation; (operation = byte()) != '.';) step(operation);
    return pop();
  }

 private:
  using Value = PickleValue*;

  template <typename... Parts>
  [[noreturn]] void damaged(const Parts&... parts) const {
    fail(who_, ": found a damaged pickle: ", parts..., " at its byte ", position_);
  }

  char byte() {
    const int c = in_.get();
    if (c == std::istream::traits_type::eof()) damaged("it ends");
    ++position_;
    return static_cast<char>(c);
  }

  // Little-endian, of 1 to 8 bytes.
  std::uint64_t number(int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value |= std::uint64_t{static_cast<unsigned char>(byte())} << (8 * i);
    return value;
  }

  // Byte by byte: a length that is not true must not allocate memory.
  std::string text(std::uint64_t length) {
    std::string text;
    for (std::uint64_t i = 0; i < length; ++i) text += byte();
    return text;
  }

  std::string line() {
    std::string text;
    for (char c; (c = byte()) != '\n';) text += c;
    return text;
  }

  template <typename Kind>
  Value make(Kind kind) {
    return &pickle_.values_.emplace_back(PickleValue{std::move(kind)});
  }

  void push(Value value) { stack_.push_back(value); }

  Value pop() {
    if (stack_.empty()) damaged("it takes a value from an empty stack");
    const Value value = stack_.back();
    stack_.pop_back();
    return value;
  }

  // What lies above the last mark.
  std::vector<PickleItem> pop_to_mark() {
    if (marks_.empty() || marks_.back() > stack_.size()) damaged("it goes back to a mark that is not there");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleItem> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  template <typename Kind>
  Kind& top(const char* expected) {
    Kind* const kind = stack_.empty() ? nullptr : std::get_if<Kind>(&stack_.back()->is);
    if (!kind) damaged("it expects ", expected);
    return *kind;
  }

  void push_tuple(int size) {
    PickleSequence tuple;
    for (int i = 0; i < size; ++i) tuple.items.insert(tuple.items.begin(), pop());
    push(make(std::move(tuple)));
  }

  void append(const std::vector<PickleItem>& items) {
    auto& list = top<PickleSequence>("a list").items;
    list.insert(list.end(), items.begin(), items.end());
  }

  void set_items(const std::vector<PickleItem>& items) {
    auto& dictionary = top<PickleDictionary>("a dictionary").items;
    if (items.size() % 2 != 0) damaged("it has a key without a value");
    for (std::size_t i = 0; i < items.size(); i += 2) dictionary.emplace_back(items[i], items[i + 1]);
  }

  void push_global() {
    const std::string module = line(), name = module + "." + line();
    check(allowed_.contains(name), who_, ": found '", name, "' in its pickle, expected nothing but ",
          join({allowed_.begin(), allowed_.end()}), "; other code is neither loaded nor executed");
    push(make(PickleGlobal{name}));
  }

  // The list of pairs from which Python 2 made an OrderedDict; Python 3 begins with an empty one.
  PickleDictionary dictionary_of(const PickleSequence& arguments) const {
    PickleDictionary dictionary;
    if (arguments.items.empty()) return dictionary;
    const auto* pairs = arguments.items[0]->as<PickleSequence>();
    if (!pairs) damaged("it makes a dictionary from ", arguments.items[0]->kind());
    for (const PickleItem item : pairs->items) {
      const auto* pair = item->as<PickleSequence>();
      if (!pair || pair->items.size() != 2) damaged("it makes a dictionary from what are not pairs");
      dictionary.items.emplace_back(pair->items[0], pair->items[1]);
    }
    return dictionary;
  }

  // Only an OrderedDict is made; any other call is kept as what it is.
  void reduce() {
    const Value arguments = pop(), function = pop();
    const auto* global = function->as<PickleGlobal>();
    const auto* sequence = arguments->as<PickleSequence>();
    if (!global || !sequence) damaged("it calls ", function->kind());
    if (global->name == "collections.OrderedDict") {
      push(make(dictionary_of(*sequence)));
    } else {
      push(make(PickleCall{global->name, arguments}));
    }
  }

  void long_number(std::uint64_t bytes) {
    if (bytes > 8) {  // numbers of PyTorch's header, which nobody reads
      text(bytes);
      push(make(std::monostate{}));
      return;
    }
    const int shift = 64 - 8 * static_cast<int>(bytes);
    const std::uint64_t bits = number(static_cast<int>(bytes));
    push(make(bytes == 0 ? std::int64_t{0} : static_cast<std::int64_t>(bits << shift) >> shift));
  }

  void remember(std::uint64_t key) {
    if (stack_.empty()) damaged("it remembers nothing");
    memo_[key] = stack_.back();
  }

  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) damaged("it recalls what it has not remembered");
    push(found->second);
  }

  void step(char operation) {
    switch (operation) {
      case '\x80':  // PROTO
        if (const auto protocol = number(1); protocol > 2)
          damaged("protocol ", protocol, ", expected at most 2,");
        return;
      case '(':  // MARK
        return marks_.push_back(stack_.size());
      case 'N':  // NONE
        return push(make(std::monostate{}));
      case '\x88':  // NEWTRUE
        return push(make(true));
      case '\x89':  // NEWFALSE
        return push(make(false));
      case 'J':  // BININT
        return push(make(std::int64_t{static_cast<std::int32_t>(number(4))}));
      case 'K':  // BININT1
        return push(make(static_cast<std::int64_t>(number(1))));
      case 'M':  // BININT2
        return push(make(static_cast<std::int64_t>(number(2))));
      case '\x8a':  // LONG1
        return long_number(number(1));
      case 'G':  // BINFLOAT, big-endian
        return push(make(std::bit_cast<double>(__builtin_bswap64(number(8)))));
      case 'X':  // BINUNICODE
        return push(make(text(number(4))));
      case 'U':  // SHORT_BINSTRING
        return push(make(text(number(1))));
      case ')':  // EMPTY_TUPLE
        return push_tuple(0);
      case '\x85':  // TUPLE1
        return push_tuple(1);
      case '\x86':  // TUPLE2
        return push_tuple(2);
      case '\x87':  // TUPLE3
        return push_tuple(3);
      case 't':  // TUPLE
      {
        PickleSequence tuple{pop_to_mark()};
        return push(make(std::move(tuple)));
      }
      case ']':  // EMPTY_LIST
        return push(make(PickleSequence{}));
      case 'a':  // APPEND
      {
        const PickleItem item = pop();
        return append({item});
      }
      case 'e':  // APPENDS
        return append(pop_to_mark());
      case '}':  // EMPTY_DICT
        return push(make(PickleDictionary{}));
      case 's':  // SETITEM
      {
        const PickleItem value = pop(), key = pop();
        return set_items({key, value});
      }
      case 'u':  // SETITEMS
        return set_items(pop_to_mark());
      case 'q':  // BINPUT
        return remember(number(1));
      case 'r':  // LONG_BINPUT
        return remember(number(4));
      case 'h':  // BINGET
        return recall(number(1));
      case 'j':  // LONG_BINGET
        return recall(number(4));
      case 'c':  // GLOBAL
        return push_global();
      case 'Q':  // BINPERSID
        return push(make(PicklePersistent{pop()}));
      case 'R':  // REDUCE
        return reduce();
      case 'b':  // BUILD: attributes of an object, such as the versions of a state dict, which are not needed
        pop();
        if (stack_.empty()) damaged("it gives attributes to nothing");
        return;
      default:
        damaged("operation ", static_cast<int>(static_cast<unsigned char>(operation)),
                ", which is not known here,");
    }
  }

  Pickle& pickle_;
  std::istream& in_;
  const std::set<std::string>& allowed_;
  const std::string& who_;
  std::uint64_t position_ = 0;
  std::vector<Value> stack_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::map<std::uint64_t, Value> memo_;
};

Pickle::Pickle(std::istream& in, const std::set<std::string>& allowed, const std::string& who) {
  root_ = PickleMachine(*this, in, allowed, who).run();
}

}  // namespace nibble
