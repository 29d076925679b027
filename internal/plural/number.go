package plural

import (
	"fmt"
	"strconv"
)

// Thousands writes 12,345.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Bytes writes a size with three digits: 12.3 MB.
func Bytes(n int64) string {
	units := []string{"kB", "MB", "GB", "TB"}
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v := float64(n)
	for _, unit := range units {
		v /= 1000
		if v < 999.5 || unit == units[len(units)-1] {
			return fmt.Sprintf("%.3g %s", v, unit)
		}
	}
	return ""
}
