package tokens

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// TestServerThatHangsIsATemporaryProblem checks that the time limit of a base, when
// it expires during a request, is not reported as a bug of the program.
func TestServerThatHangsIsATemporaryProblem(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer server.Close()
	defer close(hang)
	client, err := network.NewClient(network.Options{})
	if err != nil {
		t.Fatal(err)
	}
	budget, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond) // ends after the connection is made
	defer cancel()
	ctx, cancel := outliveSignal(budget)
	defer cancel()
	req, err := http.NewRequest(http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Do(ctx, req)
	if p, is := network.Problem(err, "Microsoft"); !is || p.Exit != problem.Temporary || !strings.Contains(p.Error(), "it did not answer in time") {
		t.Errorf("%v: %v", err, p)
	}
}
