package workspace

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"loradex/embed"
	"loradex/internal/atomicfile"
)

// This file keeps how widely models spread what they embed: it is measured once for each, as it costs as much as a long query.

// spread is that of a model: [embed.Encoder.Spread].
func (s *Session) spread(ctx context.Context, enc *embed.Encoder) (float64, error) {
	file := filepath.Join(s.Home.Caches(), "spread", enc.Model().BaseDigest())
	if text, err := os.ReadFile(file); err == nil {
		if spread, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64); err == nil && spread > 0 && spread <= 1 {
			return spread, nil
		}
	}
	spread, err := enc.Spread(ctx)
	if err != nil {
		return 0, err
	}
	text := strconv.FormatFloat(spread, 'g', 6, 64)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err == nil {
		_ = atomicfile.WriteBytes(file, 0o644, []byte(text)) // without it, it is measured again
	}
	return strconv.ParseFloat(text, 64) // as it is read back: the first answer is that of all
}
