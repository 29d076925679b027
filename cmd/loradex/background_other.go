//go:build !unix

package main

import "syscall"

// detached changes nothing where processes have no sessions.
func detached() *syscall.SysProcAttr { return nil }

// stepBack changes nothing where priorities are not those of Unix.
func stepBack() error { return nil }
