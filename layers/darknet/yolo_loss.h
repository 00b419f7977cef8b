#pragma once

#include <vector>

#include "autograd/var.h"
#include "layers/darknet/box_overlap.h"
#include "layers/darknet/yolo_head.h"

namespace nibble::darknet {

/// An object that is there, in shares of the picture.
struct TrueBox {
  int label = 0;  // class, from 0
  CentredBox box;
};
/// Of each picture of a batch.
using TrueBoxes = std::vector<std::vector<TrueBox>>;

/// The loss of one head of YOLO-V4, as darknet has it (yolo_layer.c of AlexeyAB's): the mean over the batch
/// of a sum over cells and anchors. t are a head's numbers, σ the logistic function.
///
/// Who answers. An object is answered for in the cell of its centre by the anchor of the network whose shape
/// overlaps the object's most, if that is one of this head's, and by each other anchor of this head that
/// overlaps it by more than anchor_threshold. What overlaps an object by more than ignore_threshold, with a
/// class above 1/4, says nothing about objectness; all others are to say that nothing is there.
///
///   objectness   object_weight · (log(1 + eᵗ) − y t)          y = 1 where an object is answered for, else 0
///   classes      class_weight · Σ (log(1 + eᵗ) − y t)         y = 1 − s/2 of its classes, s/2 of the others
///   box          box_weight · Σ over its objects of (1 − overlap), divided by the number of its classes
///
/// The overlap is of the kind boxes_by (box_overlap.h). Without one (mse) a box has instead, per object and
/// with the object's w and h, (2 − w h) / 2 · Σ (wanted − value)² over its four numbers: place in its cell
/// and, for the extents, t itself; wanted extents are log(object / anchor), with new_coords √(object / 4
/// anchor).
///
/// s is the label smoothing. Where the head has new_coords, its numbers are p = σ(t) already, and the terms
/// of objectness and classes are (y − p)² / 2, whose gradient is what darknet leaves there.
///
/// The gradient of objectness and classes is that of these terms; who answers and what is ignored count as
/// constants. That of a box is darknet's, of which the terms above are no integral: with (x, y, w, h) the
/// pull of box_overlap.h, t moves by −box_weight · (x, y, w · eᵗʷ, h · eᵗʰ), or (x, y, w, h) with new_coords;
/// so neither σ' nor scale_x_y, cells and anchors enter. Each of the four is cut to ± longest_pull, a number
/// that is not finite is taken for 0, and the sum over objects is divided as the term is. With mse, t moves
/// by −box_weight · (2 − w h) · (value − wanted), which nothing cuts.
///
/// obj_normalizer and cls_normalizer weigh objectness and classes, which is what they are called after;
/// darknet uses cls_normalizer for objectness in old versions and hardly at all in new ones. Published cfgs
/// of YOLO-V4 have 1 for both.
///
///   head: [N, H, W, anchors · (5 + classes)]   input: [height, width, channels] that the network reads
///   result: [1]
/// Throws Error for other shapes and for a class that is not there.
Var yolo_loss(const Var& head, const YoloHead& rules, const Shape& input, const TrueBoxes& truths,
              double label_smoothing);

}  // namespace nibble::darknet
