#pragma once

#include <string>
#include <vector>

#include "experiments/process/table.h"
#include "experiments/results/answers.h"
#include "experiments/results/record.h"
#include "experiments/tasks/evaluation.h"

namespace nibble {

// What an evaluation says about single samples and single classes. The samples are those of Task::test_names,
// or numbered from 0 where it has none.

/// A row a sample: file or index, label, answer, correct (0 or 1), the best classes top1 ... top5 and what
/// the network gave them, logit1 ... logit5: real numbers, or those of the device where integers were judged.
Table answers_table(const Answers& answers, const std::vector<std::string>& names);

/// A row a class: its number and name, the samples of it, how many of them are right, their share in percent
/// (top1, and top5 where there are more than kFewClasses classes; empty without samples), and the wrong
/// answer that is given most often, with its number.
Table class_table(const Evaluation& evaluation, const std::vector<std::string>& class_names);

/// Of a detector: a row a class with its id, name and objects, and its precisions in percent (empty without
/// objects): ap and ap50 of COCO, voc07_ap (eleven recalls) and voc_ap (every recall) at an overlap of 0.5.
/// The last row has their means over the classes with objects.
Table box_class_table(const BoxAnswers& boxes, const std::vector<std::string>& class_names);

/// The same for a record, with curves.
ClassCurves class_curves(const BoxAnswers& boxes, const std::vector<std::string>& class_names);

/// The answers as read_answers would find them in the file of answers_table.
std::vector<Answer> single_answers(const Answers& answers, const std::vector<std::string>& names);

}  // namespace nibble
