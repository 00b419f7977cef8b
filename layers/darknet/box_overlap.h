#pragma once

namespace nibble::darknet {

/// A rectangle by its centre and its extent, in shares of the picture's width and height.
struct CentredBox {
  double x = 0, y = 0;
  double w = 0, h = 0;
};

/// Intersection over union; 0 where the two have nothing in common.
double overlap(const CentredBox& a, const CentredBox& b);

/// What a loss compares boxes by: iou_loss = iou, giou, diou, ciou of a [yolo] section.
enum class OverlapKind { plain, generalized, distance, complete };

/// The overlap of a box with an object, at most 1. With A the smallest rectangle around both:
///   plain        IoU
///   generalized  IoU − (area of A − area of the union) / area of A   (GIoU, Rezatofighi et al. 2019, arXiv
///   1902.09630) distance     IoU − S/C                                           (DIoU, Zheng et al. 2020,
///   arXiv 1911.08287, eq. 6) complete     IoU − S/C − α·v                                     (CIoU, the
///   same, eq. 8 to 11) S  squared distance of the centres      C  squared diagonal of A v = 4/π² ·
///   (atan(truth.w / truth.h) − atan(box.w / box.h))²      α = v / (1 − IoU + v + 1e-6)
double overlap(OverlapKind kind, const CentredBox& box, const CentredBox& truth);

/// Where darknet pulls a box so that this overlap grows (box.c, dx_box_iou). It is not its gradient: of the
/// parts that are shared areas, darknet doubles the derivatives by w and h. With G the area of the union over
/// that of A:
///   plain        x: ∂IoU/∂x               w: 2 · ∂IoU/∂w
///   generalized  x: ∂(IoU + G)/∂x         w: 2 · ∂(IoU + G)/∂w
///   distance     x: ∂(IoU − S/C)/∂x       w: 2 · ∂IoU/∂w − ∂(S/C)/∂w
///   complete     the same as distance     and − α · (w² + h²) · ∂v/∂w with α taken for a constant
/// and likewise y and h. Zheng et al. leave 1 / (w² + h²) out of v's derivative, which is large for small
/// boxes. Where the boxes have nothing in common, IoU and its derivatives are 0. In front of S · ∂C/∂x, a
/// part of ∂(S/C)/∂x, darknet has the other sign, which is no derivative; it is not followed here.
CentredBox pull(OverlapKind kind, const CentredBox& box, const CentredBox& truth);

}  // namespace nibble::darknet
