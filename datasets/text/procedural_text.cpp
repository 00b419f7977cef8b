#include "datasets/text/procedural_text.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/check.h"
#include "core/random.h"

namespace nibble {
namespace {

using Words = std::vector<std::string>;

struct Person {
  std::string name;
  bool female = false;
};

struct Place {
  std::string name;
  Words objects;  // that are found nowhere else
};

const std::vector<Person> kPeople{{"anna", true},   {"clara", true},   {"maria", true},
                                  {"peter", false}, {"martin", false}, {"thomas", false}};

const std::vector<Place> kPlaces{{"harbour", {"ship", "rope", "sail", "gull"}},
                                 {"forest", {"fox", "fern", "stream", "cave"}},
                                 {"market", {"cheese", "bread", "carpet", "merchant"}},
                                 {"garden", {"rose", "bench", "pond", "fence"}}};

// A word that begins with $ is drawn from its list: these once for a story, ...
const std::map<std::string, Words> kOncePerStory{
    {"$time", {"morning", "evening", "night", "day"}},
    {"$job", {"baker", "teacher", "sailor", "farmer", "doctor", "painter"}},
    {"$colour", {"red", "green", "blue", "white", "small"}},
    {"$thing", {"basket", "lamp", "book", "hat", "letter"}},
    {"$weather", {"rain", "snow", "storm", "fog"}}};

// ... these anew wherever they stand. $object is one of the story's place.
const std::map<std::string, Words> kEachTime{
    {"$animal", {"dog", "cat", "horse", "child"}},     {"$animals", {"dogs", "cats", "horses", "children"}},
    {"$waits", {"waits", "sleeps", "plays", "sings"}}, {"$wait", {"wait", "sleep", "play", "sing"}},
    {"$follows", {"follows", "knows", "likes"}},       {"$follow", {"follow", "know", "like"}},
    {"$saw", {"saw", "found", "liked", "touched"}},    {"$slowly", {"slowly", "quickly", "quietly"}}};

// $name, $he, $his and $him are the story's first person, $friend one of the other sex with $she.
const Words kBeginnings{"one $time $name the $job went to the $place with $his $colour $thing",
                        "$name was a $job and had a $colour $thing , which $he took to the $place one $time"};

const Words kMiddles{"there $he $saw the $object near the $object",
                     "the $animal that $follows $him $waits near the $object",
                     "the $animals that $follow $him $wait near the $object",
                     "the $animal near the $animals $slowly $waits",
                     "the $animals near the $animal $slowly $wait",
                     "then the $weather came and $he $slowly went to the $object",
                     "$friend $saw $him and asked about the $colour $thing",
                     "$he gave $friend the $object and $she $saw it",
                     "there was a $object , and behind it $he $saw the $object"};

const Words kEndings{
    "when the $weather was over $he took the $colour $thing home",
    "so $name the $job left the $place with $his $colour $thing , and $friend went with $him"};

constexpr std::uint64_t kFewestMiddles = 2, kMostMiddles = 5;

template <typename Item>
const Item& draw(const std::vector<Item>& items, Rng& rng) {
  return items[rng.below(items.size())];
}

// Words and slots of a pattern.
template <typename Visit>
void for_each_item(const std::string& pattern, const Visit& visit) {
  for_each_word({{}, pattern}, [&](std::string_view word, long) {
    if (word != kEndOfSentence) visit(std::string(word));
  });
}

class Story {
 public:
  explicit Story(Rng rng) : rng_(rng), place_(draw(kPlaces, rng_)) {
    const Person& person = draw(kPeople, rng_);
    const Person* other = &draw(kPeople, rng_);
    while (other->female == person.female) other = &draw(kPeople, rng_);
    fixed_ = {{"$name", person.name},
              {"$friend", other->name},
              {"$place", place_.name},
              {"$he", person.female ? "she" : "he"},
              {"$his", person.female ? "her" : "his"},
              {"$him", person.female ? "her" : "him"},
              {"$she", person.female ? "he" : "she"}};
    for (const auto& [slot, words] : kOncePerStory) fixed_[slot] = draw(words, rng_);
  }

  /// Its sentences, each with a line feed.
  std::string tell() {
    std::string text = sentence(draw(kBeginnings, rng_));
    const std::uint64_t middles = kFewestMiddles + rng_.below(kMostMiddles - kFewestMiddles + 1);
    for (std::uint64_t i = 0; i < middles; ++i) text += sentence(draw(kMiddles, rng_));
    return text + sentence(draw(kEndings, rng_));
  }

 private:
  std::string sentence(const std::string& pattern) {
    std::string text;
    for_each_item(pattern, [&](const std::string& item) {
      text += (text.empty() ? "" : " ") + (item.front() == '$' ? fill(item) : item);
    });
    return text + "\n";
  }

  std::string fill(const std::string& slot) {
    if (slot == "$object") return draw_object();
    const auto fixed = fixed_.find(slot);
    return fixed != fixed_.end() ? fixed->second : draw(kEachTime.at(slot), rng_);
  }

  // Never the object that was named last: "the ship near the ship" would make no sense.
  std::string draw_object() {
    const std::string* object = &draw(place_.objects, rng_);
    while (*object == last_object_) object = &draw(place_.objects, rng_);
    return last_object_ = *object;
  }

  Rng rng_;
  const Place& place_;
  std::map<std::string, std::string> fixed_;
  std::string last_object_;
};

// As many whole stories as it takes.
Text tell_stories(const std::string& split, long tokens, const Rng& rng) {
  Text text{"procedural_text: " + split, {}};
  long told = 0;
  for (std::uint64_t i = 0; told < tokens; ++i) {
    const Text story{{}, Story(rng.stream(i)).tell()};
    for_each_word(story, [&](std::string_view, long) { ++told; });
    text.bytes += story.bytes;
  }
  return text;
}

// Every word that a story can have.
const Words& all_words() {
  static const Words all = [] {
    std::set<std::string> words{"he", "she", "his", "him", "her"};
    for (const Person& person : kPeople) words.insert(person.name);
    for (const Place& place : kPlaces) {
      words.insert(place.name);
      words.insert(place.objects.begin(), place.objects.end());
    }
    for (const auto* lists : {&kOncePerStory, &kEachTime}) {
      for (const auto& [slot, choices] : *lists) words.insert(choices.begin(), choices.end());
    }
    for (const Words* patterns : {&kBeginnings, &kMiddles, &kEndings}) {
      for (const std::string& pattern : *patterns) {
        for_each_item(pattern, [&](const std::string& item) {
          if (item.front() != '$') words.insert(item);
        });
      }
    }
    return Words(words.begin(), words.end());
  }();
  return all;
}

}  // namespace

Corpus make_procedural_text(const ProceduralTextOptions& options) {
  check(options.train_tokens > 0 && options.test_tokens > 0, "procedural_text: found ", options.train_tokens,
        " training and ", options.test_tokens, " test tokens, expected at least 1 of each");
  const Rng rng = Rng(options.seed).stream("procedural_text");
  const CorpusTexts texts{tell_stories("train", options.train_tokens, rng.stream("train")),
                          tell_stories("valid", options.test_tokens, rng.stream("valid")),
                          tell_stories("test", options.test_tokens, rng.stream("test"))};
  return first_tokens(make_corpus("procedural_text", texts, options.corpus, all_words()),
                      options.train_tokens, options.test_tokens);
}

int procedural_text_types(const CorpusOptions& options) {
  WordCounts counts;
  for (const std::string& word : all_words()) counts.emplace(word, 0);
  return choose_vocabulary(counts, options).size();
}

}  // namespace nibble
