package fault

import "errors"

// usageError marks an error as wrong use.
type usageError struct{ err error }

func (u usageError) Error() string { return u.err.Error() }
func (u usageError) Unwrap() error { return u.err }

// Usage marks err as wrong use: what was asked for makes no sense, whatever the state of things is. A program that asks can
// only be changed, and the command line ends with another exit code. nil stays nil.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// Usagef makes an error of wrong use, Invalid, with a hint.
func Usagef(hint, format string, args ...any) error {
	return Usage(New(Invalid, format, args...).WithHint("%s", hint))
}

// IsUsage tells whether err, or one that it wraps, is marked as wrong use.
func IsUsage(err error) bool {
	var u usageError
	return errors.As(err, &u)
}
