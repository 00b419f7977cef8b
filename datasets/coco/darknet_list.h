#pragma once

#include <string>
#include <vector>

#include "datasets/coco/coco_file.h"
#include "datasets/files/digest.h"

namespace nibble {

// Data sets of boxes as darknet keeps them: a .data file, lists of pictures, a text of boxes for each
// picture.

/// What a .data file says, in lines key = value: train and valid are lists of pictures, names a file with a
/// class a line, classes its number of lines. Other keys are passed over. A path that is not absolute counts
/// from the folder of the .data file, or, where nothing is there, from the working directory, as darknet's.
struct DarknetData {
  std::string file;
  std::string train, valid;  // train may be empty
  std::vector<std::string> classes;
};
/// Throws Error naming file and line for a line that is neither blank, comment nor key = value, for a key
/// that stands twice, for valid, names or a file of these that is missing, and for another number of classes.
DarknetData read_darknet_data(const std::string& path);

/// The pictures of a list, a path a line, and the boxes beside them: image i + 1 is line i, its file as
/// found, category c is class c. Paths that are not absolute count from the folder of the list or from the
/// working directory. The boxes of images/NAME.jpg are in labels/NAME.txt, whatever stands between, and so
/// for JPEGImages/; those of other pictures beside them in NAME.txt. A picture without that file has none.
///   a line of it: class, centre x, centre y, width, height, the last four in shares of the picture
/// Boxes end at the borders of their pictures. Throws Error naming file and line for a missing or damaged
/// picture, a line that is not five numbers, a class that is not there, an extent that is not above 0, and a
/// box that leaves its picture by more than a pixel; and for a list without any labels.
///   digest: told of everything that was read
CocoSet read_darknet_list(const std::string& path, const std::vector<std::string>& classes, bool upright,
                          Md5& digest);

}  // namespace nibble
