package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"loradex/search"
)

// searchByQuery answers GET /v1/search.
func (s *server) searchByQuery(c echo.Context) error {
	in, err := search.ParseParams(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	return s.search(c, in)
}

// searchByBody answers POST /v1/search.
func (s *server) searchByBody(c echo.Context) error {
	var in search.Params
	if err := decodeBody(c.Request(), &in); err != nil {
		return err
	}
	return s.search(c, in)
}

// search answers with the document of `loradex search --json`.
func (s *server) search(c echo.Context, in search.Params) error {
	r, err := in.Request()
	if err != nil {
		return err
	}
	found, err := s.workspace.Search(c.Request().Context(), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, found)
}
