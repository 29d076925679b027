package model_test

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"loradex/adapters"
	"loradex/embed/model"
	"loradex/internal/fault"
)

func TestTrainingFile(t *testing.T) {
	dir := t.TempDir()
	if got, err := model.ReadTraining(dir); got != nil || err != nil {
		t.Errorf("none there: %v, %v", got, err)
	}
	want := &adapters.Training{
		Method: "full", Recipe: "domain", Trainable: 22713216, Total: 22713216, Steps: 200, Pairs: 3200, Seconds: 95.5,
		TokensPerS: 4100.25, PeakBytes: 1 << 30, Seed: math.MaxUint64,
	}
	if err := model.WriteTraining(dir, want); err != nil {
		t.Fatal(err)
	}
	if got, err := model.ReadTraining(dir); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read back %+v, %v", got, err)
	}
	if err := model.WriteTraining(dir, &adapters.Training{}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an empty block was written: %v", err)
	}
	for _, bad := range []string{"", "[]", `{"method":"lora","steps":-1}`, `{"method":"lora","steps":1e99}`, strings.Repeat(" ", 1<<20+1)} {
		if err := os.WriteFile(filepath.Join(dir, model.TrainingFile), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := model.ReadTraining(dir); fault.CodeOf(err) != fault.Corrupt {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

// FuzzReadTraining checks that whatever is accepted survives being written and read.
func FuzzReadTraining(f *testing.F) {
	f.Add([]byte(`{"method":"lora","trainable_parameters":12,"seconds":1.5,"seed":18446744073709551615}`))
	f.Add([]byte(`{"method":"full","steps":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, model.TrainingFile), data, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := model.ReadTraining(dir)
		if err != nil {
			if fault.CodeOf(err) != fault.Corrupt {
				t.Fatalf("an error without the code corrupt: %v", err)
			}
			return
		}
		if err := model.WriteTraining(dir, got); err != nil {
			t.Fatal(err)
		}
		if again, err := model.ReadTraining(dir); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("read back %+v, %v; want %+v", again, err, got)
		}
	})
}
