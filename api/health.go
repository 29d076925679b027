package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// state is the answer of /healthz and /readyz.
type state struct {
	Status string `json:"status"`
}

// health says that the process runs.
func (s *server) health(c echo.Context) error { return c.JSON(http.StatusOK, state{"ok"}) }

// ready says that requests can be answered, or what is missing.
func (s *server) ready(c echo.Context) error {
	if err := s.workspace.Ready(c.Request().Context()); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, state{"ready"})
}
