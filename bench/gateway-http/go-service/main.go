// The service that the pattern describes, in Go: a handler that puts each event into a buffered channel, waiting at most
// 100 ms for room, and answers 202 or 503; consumers that range over the channel.
//
// Arguments: the consumer's URL, the capacity of the channel, the number of consumers. Prints where it listens.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

const (
	enqueueTimeout = 100 * time.Millisecond
	maxBodyBytes   = 16 << 20
)

func main() {
	if len(os.Args) != 4 {
		fail("usage: %s <consumer URL> <capacity> <consumers>", os.Args[0])
	}
	queue := make(chan []byte, number(os.Args[2]))
	consumers := number(os.Args[3])
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: consumers}}
	for i := 0; i < consumers; i++ {
		go consume(client, os.Args[1], queue)
	}
	http.HandleFunc("/events", func(response http.ResponseWriter, request *http.Request) {
		if request.Method != http.MethodPost {
			response.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		event, err := io.ReadAll(http.MaxBytesReader(response, request.Body, maxBodyBytes))
		if err != nil {
			response.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		enqueue(response, request, queue, event)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail("%v", err)
	}
	fmt.Printf("takes events at http://%s, in memory\n", listener.Addr())
	fail("%v", http.Serve(listener, nil))
}

// enqueue waits for room, but no longer than a client can be asked to.
func enqueue(response http.ResponseWriter, request *http.Request, queue chan<- []byte, event []byte) {
	ctx, cancel := context.WithTimeout(request.Context(), enqueueTimeout)
	defer cancel()
	select {
	case queue <- event:
		response.WriteHeader(http.StatusAccepted)
	case <-ctx.Done():
		response.Header().Set("Retry-After", "1")
		response.WriteHeader(http.StatusServiceUnavailable)
	}
}

func consume(client *http.Client, url string, queue <-chan []byte) {
	for event := range queue {
		reply, err := client.Post(url, "application/json", bytes.NewReader(event))
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, reply.Body)
		_ = reply.Body.Close()
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 {
		fail("not a number of at least 1: %q", text)
	}
	return value
}

func fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
	os.Exit(1)
}
