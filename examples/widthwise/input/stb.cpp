// SPDX-License-Identifier: MIT
// The one file that compiles stb; warnings are off here.
#include "input/stb.hpp"

#include <cstdlib>
#include <new>

namespace {

// Some bytes can claim to unpack to gigabytes. What is never written to is zero, the same in every run.
constexpr std::size_t most_bytes = std::size_t{1} << 30;
void* limited_malloc(std::size_t bytes) {
  return bytes > most_bytes ? nullptr : std::calloc(bytes, 1);
}
void* limited_realloc(void* old, std::size_t bytes) {
  return bytes > most_bytes ? nullptr : std::realloc(old, bytes);
}

}  // namespace

#define STBI_MALLOC(bytes) limited_malloc(bytes)
#define STBI_REALLOC(old, bytes) limited_realloc(old, bytes)
#define STBI_FREE(old) std::free(old)
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#if __has_include(<stb_image_resize2.h>)
#include <stb_image_resize2.h>
#else
#include <stb_image_resize.h>
#endif

namespace widthwise::program::stb {

std::optional<Size> image_size(std::span<const unsigned char> bytes) {
  int width = 0, height = 0, channels = 0;
  if (!stbi_info_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width, &height, &channels) ||
      width < 1 || height < 1)
    return std::nullopt;
  return Size{height, width, channels};
}

void Free::operator()(unsigned char* values) const {
  stbi_image_free(values);
}

Bytes decode(std::span<const unsigned char> bytes, int channels, std::string& error) {
  int width = 0, height = 0, found = 0;
  Bytes pixels(
      stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width, &height, &found, channels));
  if (!pixels) error = stbi_failure_reason() ? stbi_failure_reason() : "cannot be decoded";
  return pixels;
}

void resize(const float* input, Index from, float* output, Index to, Index channels) {
  const int in = static_cast<int>(from), out = static_cast<int>(to), count = static_cast<int>(channels);
#if __has_include(<stb_image_resize2.h>)
  const bool done =
      stbir_resize(input, in, in, 0, output, out, out, 0, static_cast<stbir_pixel_layout>(count),
                   STBIR_TYPE_FLOAT, STBIR_EDGE_CLAMP, STBIR_FILTER_CATMULLROM) != nullptr;
#else
  const bool done = stbir_resize_float_generic(
                        input, in, in, 0, output, out, out, 0, count, STBIR_ALPHA_CHANNEL_NONE, 0,
                        STBIR_EDGE_CLAMP, STBIR_FILTER_CATMULLROM, STBIR_COLORSPACE_LINEAR, nullptr) != 0;
#endif
  if (!done) throw std::bad_alloc();  // its one way to fail
}

std::string png(std::span<const unsigned char> rgb, int width, int height) {
  int length = 0;
  unsigned char* bytes = stbi_write_png_to_mem(rgb.data(), 3 * width, width, height, 3, &length);
  if (!bytes) throw std::bad_alloc();
  std::string file(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  std::free(bytes);
  return file;
}

}  // namespace widthwise::program::stb
