#pragma once

namespace nibble::darknet {

/// A rectangle by its centre and its extent, in shares of the picture's width and height.
struct CentredBox {
  double x = 0, y = 0;
  double w = 0, h = 0;
};

/// Intersection over union; 0 where the two have nothing in common.
double overlap(const CentredBox& a, const CentredBox& b);

/// IoU − S/C − α·v, the complete IoU (CIoU, Zheng et al. 2020, arXiv 1911.08287, eq. 8 to 11):
///   S  squared distance of the centres      C  squared diagonal of the smallest rectangle around both
///   v = 4/π² · (atan(truth.w / truth.h) − atan(box.w / box.h))²      α = v / (1 − IoU + v + 1e-6)
double complete_overlap(const CentredBox& box, const CentredBox& truth);

/// Where darknet pulls a box so that its complete overlap with `truth` grows (box.c, dx_box_iou with
/// iou_loss=ciou). It is not the gradient of complete_overlap, but
///   x:  ∂(IoU − S/C)/∂x                                        y likewise
///   w:  2 · ∂IoU/∂w − ∂(S/C)/∂w − α · (w² + h²) · ∂v/∂w        h likewise
/// with α taken for a constant. Zheng et al. leave 1 / (w² + h²) out of v's derivative, which is large for
/// small boxes; that the overlap counts twice in w and h is darknet's own. Where the boxes have nothing in
/// common, IoU and its derivatives are 0.
CentredBox pull(const CentredBox& box, const CentredBox& truth);

}  // namespace nibble::darknet
