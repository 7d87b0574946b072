// The verifier checks a published audit log with code that is not Tipline's: signed notes and the
// Merkle tree are those of golang.org/x/mod/sumdb, which Go's checksum database runs on.
//
//	verifier -key VKEY [-witness VKEY]... [-older FILE]... [-proof FILE]... FOLDER
//
// FOLDER holds what the log publishes (https://c2sp.org/tlog-tiles): checkpoint, tile/...
// It checks that the key has signed the checkpoint, and each witness named has cosigned it; that
// all entries and all tiles are those of the checkpoint's root; that the log begins with each
// older checkpoint; and that each proof (https://c2sp.org/tlog-proof) is of an entry of this log.
// It exits with 0, or with 1 and one line that says what is wrong.
//
// Built with Debian's packages golang-go and golang-golang-x-mod-dev, without a network:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o verifier .
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height      = 8
	width       = 1 << height
	proofHeader = "c2sp.org/tlog-proof@v1"
)

// texts is a flag that may be given many times.
type texts []string

func (t *texts) String() string { return strings.Join(*t, " ") }

func (t *texts) Set(text string) error {
	*t = append(*t, text)
	return nil
}

// published is the log as the folder has it.
type published struct {
	folder  string
	origin  string
	tree    tlog.Tree
	entries [][]byte
}

func main() {
	var key string
	var witnesses, older, proofs texts
	flag.StringVar(&key, "key", "", "the log's verifier key")
	flag.Var(&witnesses, "witness", "the verifier key of a witness that must have cosigned")
	flag.Var(&older, "older", "a checkpoint that the log must begin with")
	flag.Var(&proofs, "proof", "a proof that must hold for an entry of the log")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := verify(flag.Arg(0), key, witnesses, older, proofs); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func verify(folder, key string, witnesses, older, proofs []string) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return fmt.Errorf("the key: %v", err)
	}
	raw, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	log := &published{folder: folder}
	if log.origin, log.tree, err = openCheckpoint(raw, verifier); err != nil {
		return fmt.Errorf("the checkpoint: %v", err)
	}
	for _, witness := range witnesses {
		if err := checkCosigned(raw, witness); err != nil {
			return fmt.Errorf("the checkpoint: %v", err)
		}
	}
	if err := log.checkEntriesAndTiles(); err != nil {
		return err
	}
	for _, file := range older {
		if err := log.checkOlder(file, verifier); err != nil {
			return fmt.Errorf("the older checkpoint: %v", err)
		}
	}
	for _, file := range proofs {
		if err := log.checkProof(file, verifier); err != nil {
			return fmt.Errorf("the proof: %v", err)
		}
	}
	return nil
}

// openCheckpoint returns what a signed checkpoint says (https://c2sp.org/tlog-checkpoint).
// (tlog.ParseTree reads those of one log only.)
func openCheckpoint(raw []byte, verifier note.Verifier) (string, tlog.Tree, error) {
	opened, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		return "", tlog.Tree{}, err
	}
	return parseCheckpoint(opened.Text, verifier.Name())
}

func parseCheckpoint(text, origin string) (string, tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] != origin {
		return "", tlog.Tree{}, errors.New("it is not one of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return "", tlog.Tree{}, errors.New("its size is not a number")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return "", tlog.Tree{}, err
	}
	return lines[0], tlog.Tree{N: size, Hash: root}, nil
}

// checkEntriesAndTiles checks every entry against its leaf, and every tile against the tree of the
// entries, whose root must be the checkpoint's.
func (log *published) checkEntriesAndTiles() error {
	if log.tree.N == 0 {
		if log.tree.Hash != sha256.Sum256(nil) {
			return errors.New("the root is not that of a log without entries")
		}
		return nil
	}
	if err := log.readEntries(); err != nil {
		return err
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for number, entry := range log.entries {
		hashes, err := tlog.StoredHashes(int64(number), entry, reader)
		if err != nil {
			return err
		}
		stored = append(stored, hashes...)
	}
	if err := log.checkTiles(reader); err != nil {
		return err
	}
	root, err := tlog.TreeHash(log.tree.N, reader)
	if err == nil && root != log.tree.Hash {
		err = errors.New("the entries do not have the checkpoint's root")
	}
	return err
}

// checkTiles compares the tiles that a log of this size has with those of the entries.
func (log *published) checkTiles(reader tlog.HashReader) error {
	for _, tile := range tlog.NewTiles(height, 0, log.tree.N) {
		// NewTiles lists partial tiles of smaller logs as well, which need not be kept.
		if tile.W != fullestWidth(tile, log.tree.N) {
			continue
		}
		have, err := os.ReadFile(log.pathOf(tile))
		if err != nil {
			return err
		}
		want, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return err
		}
		if !bytes.Equal(have, want) {
			return fmt.Errorf("%s is not the tile of the entries", tilePath(tile))
		}
	}
	return nil
}

// readEntries reads all bundles: each entry behind its length.
func (log *published) readEntries() error {
	for number := int64(0); number*width < log.tree.N; number++ {
		tile := tlog.Tile{H: height, L: 0, N: number}
		tile.W = fullestWidth(tile, log.tree.N)
		tile.L = -1
		raw, err := os.ReadFile(log.pathOf(tile))
		if err != nil {
			return err
		}
		for place := 0; place < tile.W; place++ {
			if len(raw) < 2 || len(raw)-2 < int(binary.BigEndian.Uint16(raw)) {
				return fmt.Errorf("%s is too short", tilePath(tile))
			}
			length := int(binary.BigEndian.Uint16(raw))
			log.entries = append(log.entries, raw[2:2+length])
			raw = raw[2+length:]
		}
		if len(raw) > 0 {
			return fmt.Errorf("%s is too long", tilePath(tile))
		}
	}
	return nil
}

// checkOlder checks that the log begins with an older checkpoint.
func (log *published) checkOlder(file string, verifier note.Verifier) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	_, tree, err := openCheckpoint(raw, verifier)
	if err != nil {
		return err
	}
	return log.checkBeginsWith(tree)
}

// checkBeginsWith has the log's tiles prove it, as a client would that has no other copy of them.
func (log *published) checkBeginsWith(older tlog.Tree) error {
	if older.N > log.tree.N {
		return fmt.Errorf("the log was rolled back from %d entries to %d", older.N, log.tree.N)
	}
	if older.N == 0 {
		if older.Hash != sha256.Sum256(nil) {
			return errors.New("its root is not that of a log without entries")
		}
		return nil
	}
	proof, err := tlog.ProveTree(log.tree.N, older.N, tlog.TileHashReader(log.tree, log))
	if err != nil {
		return err
	}
	if tlog.CheckTree(proof, log.tree.N, log.tree.Hash, older.N, older.Hash) != nil {
		return errors.New("the log does not begin with it")
	}
	return nil
}

// checkProof checks a proof, and that its checkpoint is one of this log.
func (log *published) checkProof(file string, verifier note.Verifier) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	index, hashes, checkpoint, err := parseProof(raw)
	if err != nil {
		return err
	}
	_, tree, err := openCheckpoint(checkpoint, verifier)
	if err != nil {
		return err
	}
	if index >= int64(len(log.entries)) {
		return errors.New("the log has no such entry")
	}
	leaf := tlog.RecordHash(log.entries[index])
	if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, index, leaf); err != nil {
		return err
	}
	return log.checkBeginsWith(tree)
}

func parseProof(raw []byte) (index int64, hashes tlog.RecordProof, checkpoint []byte, err error) {
	end := bytes.Index(raw, []byte("\n\n"))
	if end < 0 {
		return 0, nil, nil, errors.New("it has no checkpoint")
	}
	lines := strings.Split(string(raw[:end]), "\n")
	if lines[0] != proofHeader {
		return 0, nil, nil, errors.New("it is none of version 1")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return 0, nil, nil, errors.New("it has no index")
	}
	index, err = strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return 0, nil, nil, err
	}
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return 0, nil, nil, err
		}
		hashes = append(hashes, hash)
	}
	return index, hashes, raw[end+2:], nil
}

// checkCosigned checks that a witness has signed the checkpoint: type 4 of
// https://c2sp.org/signed-note, as described in https://c2sp.org/tlog-cosignature.
func checkCosigned(raw []byte, vkey string) error {
	witness, err := newWitness(vkey)
	if err != nil {
		return err
	}
	if _, err := note.Open(raw, note.VerifierList(witness)); err != nil {
		return fmt.Errorf("witness %s: %v", witness.name, err)
	}
	return nil
}

// witness is a note.Verifier of cosignatures.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newWitness(vkey string) (*witness, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("a witness's key has three parts")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, errors.New("a witness's key is of another kind")
	}
	id := sha256.Sum256([]byte(parts[0] + "\n" + string(key)))
	if parts[1] != fmt.Sprintf("%x", id[:4]) {
		return nil, errors.New("a witness's key has another id")
	}
	return &witness{parts[0], binary.BigEndian.Uint32(id[:]), key[1:]}, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

func (w *witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return ed25519.Verify(w.key, []byte(signed), signature[8:])
}

// Height, ReadTiles and SaveTiles make the folder a tlog.TileReader.
func (log *published) Height() int { return height }

func (log *published) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	contents := make([][]byte, len(tiles))
	for i, tile := range tiles {
		content, err := os.ReadFile(log.pathOf(tile))
		if err != nil {
			return nil, err
		}
		contents[i] = content
	}
	return contents, nil
}

func (log *published) SaveTiles([]tlog.Tile, [][]byte) {}

func (log *published) pathOf(tile tlog.Tile) string {
	return filepath.Join(log.folder, filepath.FromSlash(tilePath(tile)))
}

// tilePath returns the path that C2SP gives a tile; Go's has the height in it.
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

// fullestWidth returns how many hashes a tile has in a log of a size.
func fullestWidth(tile tlog.Tile, size int64) int {
	left := size>>uint(tile.L*height) - tile.N*width
	if left > width {
		return width
	}
	return int(left)
}
