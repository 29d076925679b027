package label;

import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;

/** Labels: bar codes, checks and images. */
public final class Barcode {
  /** The check digit of an EAN-13 code: digits are weighted one and three in turn. */
  static int checkDigit(String digits) {
    int sum = 0;
    for (int i = 0; i < digits.length(); i++) {
      sum += (digits.charAt(i) - '0') * (i % 2 == 0 ? 1 : 3);
    }
    return (10 - sum % 10) % 10;
  }

  /** Rotates an image by ninety degrees so that a wide label fits a narrow printer. */
  static BufferedImage rotate(BufferedImage in) {
    BufferedImage out = new BufferedImage(in.getHeight(), in.getWidth(), in.getType());
    for (int y = 0; y < in.getHeight(); y++) {
      for (int x = 0; x < in.getWidth(); x++) {
        out.setRGB(in.getHeight() - 1 - y, x, in.getRGB(x, y));
      }
    }
    return out;
  }

  /** Compresses the bytes of a label before they are sent to the printer. */
  static byte[] deflate(byte[] data) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    deflater.setInput(data);
    deflater.finish();
    byte[] buffer = new byte[data.length + 64];
    int length = deflater.deflate(buffer);
    return java.util.Arrays.copyOf(buffer, length);
  }

  /** Breaks an address into lines of at most so many characters, at blanks. */
  static List<String> wrapAddress(String address, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : address.split(" ")) {
      if (line.length() > 0 && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() > 0 ? " " : "").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  /** Is the postal code one of Germany: five digits? */
  static boolean isPostalCode(String text) {
    return text.matches("[0-9]{5}");
  }

  /** Encodes text in hexadecimal for the printer's raw mode. */
  static String toHex(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      out.append(String.format("%02x", b));
    }
    return out.toString();
  }

  /** Turns a color picture into shades of gray by luminance. */
  static int grayscale(int rgb) {
    int r = rgb >> 16 & 255, g = rgb >> 8 & 255, b = rgb & 255;
    return (299 * r + 587 * g + 114 * b) / 1000;
  }
}
