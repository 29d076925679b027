"""The hand-made half of the parity texts: code in many languages, prose, Unicode and edge cases.

Every function returns a list of strings. All of them were written for this project. NUL is avoided because
some tokenizer bindings take C strings; lone surrogates are avoided because JSON and Go cannot carry them.
"""

CODE = {
    "python": [
        'def moving_average(xs, width):\n    """Mean of each window of `width` values."""\n    if width <= 0:\n        raise ValueError("width must be positive")\n    total, out = 0.0, []\n    for i, x in enumerate(xs):\n        total += x\n        if i >= width:\n            total -= xs[i - width]\n        if i >= width - 1:\n            out.append(total / width)\n    return out\n',
        "class LruCache(OrderedDict):\n    def __init__(self, limit=128):\n        super().__init__()\n        self.limit = limit\n\n    def __getitem__(self, key):\n        self.move_to_end(key)\n        return super().__getitem__(key)\n\n    def __setitem__(self, key, value):\n        super().__setitem__(key, value)\n        if len(self) > self.limit:\n            self.popitem(last=False)\n",
        "async def fetch_all(urls, *, limit=8):\n    gate = asyncio.Semaphore(limit)\n    async def one(url):\n        async with gate, session.get(url) as r:\n            return await r.json()\n    return await asyncio.gather(*(one(u) for u in urls))",
    ],
    "java": [
        'public final class Money implements Comparable<Money> {\n    private final long cents;\n    public Money(long cents) { this.cents = cents; }\n    @Override public int compareTo(Money o) { return Long.compare(cents, o.cents); }\n    @Override public String toString() { return String.format("%d.%02d", cents / 100, cents % 100); }\n}',
        "static <T, K> Map<K, List<T>> groupBy(Collection<T> items, Function<? super T, ? extends K> key) {\n    Map<K, List<T>> out = new LinkedHashMap<>();\n    for (T t : items) out.computeIfAbsent(key.apply(t), k -> new ArrayList<>()).add(t);\n    return out;\n}",
    ],
    "javascript": [
        "export function debounce(fn, wait = 100) {\n  let timer;\n  return function (...args) {\n    clearTimeout(timer);\n    timer = setTimeout(() => fn.apply(this, args), wait);\n  };\n}",
        "const flatten = (tree, depth = 0) =>\n  tree.flatMap(({ children = [], ...node }) => [{ ...node, depth }, ...flatten(children, depth + 1)]);",
        "$('#save').on('click', e => { e.preventDefault(); $.post('/api/items', $('form').serialize()).done(r => render(r.items)); });",
    ],
    "typescript": [
        "type Result<T, E = Error> = { ok: true; value: T } | { ok: false; error: E };\n\nexport async function attempt<T>(f: () => Promise<T>): Promise<Result<T>> {\n  try {\n    return { ok: true, value: await f() };\n  } catch (e) {\n    return { ok: false, error: e as Error };\n  }\n}",
        "interface Point { readonly x: number; readonly y: number }\nfunction distance(a: Point, b: Point): number {\n  return Math.hypot(a.x - b.x, a.y - b.y);\n}",
    ],
    "rust": [
        "pub fn binary_search<T: Ord>(xs: &[T], want: &T) -> Result<usize, usize> {\n    let (mut lo, mut hi) = (0, xs.len());\n    while lo < hi {\n        let mid = lo + (hi - lo) / 2;\n        match xs[mid].cmp(want) {\n            Ordering::Equal => return Ok(mid),\n            Ordering::Less => lo = mid + 1,\n            Ordering::Greater => hi = mid,\n        }\n    }\n    Err(lo)\n}",
        "impl<'a> Iterator for Fields<'a> {\n    type Item = &'a str;\n    fn next(&mut self) -> Option<Self::Item> {\n        let rest = self.rest?;\n        match rest.split_once(',') {\n            Some((head, tail)) => { self.rest = Some(tail); Some(head) }\n            None => { self.rest = None; Some(rest) }\n        }\n    }\n}",
    ],
    "c": [
        "size_t str_trim(char *s)\n{\n\tsize_t n = strlen(s);\n\twhile (n > 0 && isspace((unsigned char)s[n - 1]))\n\t\ts[--n] = '\\0';\n\treturn n;\n}",
        "#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))\n\nstatic uint32_t fnv1a(const uint8_t *p, size_t n) {\n    uint32_t h = 0x811c9dc5u;\n    while (n--) { h ^= *p++; h *= 0x01000193u; }\n    return h;\n}",
    ],
    "cpp": [
        "template <typename It, typename Pred>\nIt stable_keep(It first, It last, Pred keep) {\n    auto out = first;\n    for (; first != last; ++first)\n        if (keep(*first)) *out++ = std::move(*first);\n    return out;\n}",
        "class Timer {\npublic:\n    Timer() : start_(std::chrono::steady_clock::now()) {}\n    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }\nprivate:\n    std::chrono::steady_clock::time_point start_;\n};",
    ],
    "csharp": [
        "public static IEnumerable<IReadOnlyList<T>> InBatches<T>(this IEnumerable<T> source, int size)\n{\n    var batch = new List<T>(size);\n    foreach (var item in source)\n    {\n        batch.Add(item);\n        if (batch.Count == size) { yield return batch; batch = new List<T>(size); }\n    }\n    if (batch.Count > 0) yield return batch;\n}",
        "[HttpGet(\"{id:int}\")]\npublic async Task<ActionResult<Order>> Get(int id) => await _db.Orders.FindAsync(id) is { } order ? Ok(order) : NotFound();",
    ],
    "php": [
        "<?php\nfunction slugify(string $title): string {\n    $slug = preg_replace('/[^a-z0-9]+/', '-', strtolower($title));\n    return trim($slug, '-');\n}",
        "public function findByEmail(string $email): ?User\n{\n    $row = $this->pdo->prepare('SELECT * FROM users WHERE email = ?');\n    $row->execute([$email]);\n    return ($r = $row->fetch()) ? User::fromRow($r) : null;\n}",
    ],
    "ruby": [
        "def each_pair_of(list)\n  return to_enum(:each_pair_of, list) unless block_given?\n  list.each_with_index do |a, i|\n    list.drop(i + 1).each { |b| yield a, b }\n  end\nend",
        "module Slug\n  def self.for(text) = text.downcase.gsub(/[^a-z0-9]+/, '-').gsub(/\\A-|-\\z/, '')\nend",
    ],
    "bash": [
        'set -euo pipefail\nfor f in "$@"; do\n  [[ -f $f ]] || { echo "no such file: $f" >&2; exit 1; }\n  gzip -c -- "$f" > "${f%.txt}.gz"\ndone',
        "retry() {\n  local n=$1; shift\n  until \"$@\"; do (( n-- > 0 )) || return 1; sleep 1; done\n}",
        "find . -name '*.log' -mtime +14 -print0 | xargs -0 -r rm --",
    ],
    "sql": [
        "WITH daily AS (\n  SELECT date_trunc('day', created_at) AS day, count(*) AS n\n  FROM orders WHERE status <> 'cancelled' GROUP BY 1\n)\nSELECT day, n, avg(n) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS week\nFROM daily ORDER BY day;",
        "CREATE UNIQUE INDEX IF NOT EXISTS chunks_by_blob ON chunks(blob_hash, start_line);",
    ],
    "kotlin": ["data class Page<T>(val items: List<T>, val next: String?)\n\nsuspend fun <T> collect(load: suspend (String?) -> Page<T>): List<T> = buildList {\n    var token: String? = null\n    do { val p = load(token); addAll(p.items); token = p.next } while (token != null)\n}"],
    "swift": ["extension Array where Element: Hashable {\n    func uniqued() -> [Element] {\n        var seen = Set<Element>()\n        return filter { seen.insert($0).inserted }\n    }\n}"],
    "scala": ["def partitionMap[A, B, C](xs: List[A])(f: A => Either[B, C]): (List[B], List[C]) =\n  xs.foldRight((List.empty[B], List.empty[C])) { (a, acc) => f(a).fold(b => (b :: acc._1, acc._2), c => (acc._1, c :: acc._2)) }"],
    "haskell": ["chunksOf :: Int -> [a] -> [[a]]\nchunksOf _ [] = []\nchunksOf n xs = let (a, b) = splitAt n xs in a : chunksOf n b"],
    "ocaml": ["let rec take n = function\n  | [] -> []\n  | x :: xs -> if n = 0 then [] else x :: take (n - 1) xs"],
    "elixir": ["def handle_call({:get, key}, _from, state) do\n  {:reply, Map.fetch(state, key), state}\nend"],
    "erlang": ["loop(State) ->\n    receive\n        {From, get} -> From ! {self(), State}, loop(State);\n        stop -> ok\n    end."],
    "clojure": ["(defn frequencies-by [f coll]\n  (reduce (fn [m x] (update m (f x) (fnil inc 0))) {} coll))"],
    "lua": ["local function memoize(f)\n  local cache = setmetatable({}, {__mode = 'k'})\n  return function(x)\n    local v = cache[x]\n    if v == nil then v = f(x); cache[x] = v end\n    return v\n  end\nend"],
    "perl": ["my %seen;\nmy @uniq = grep { !$seen{lc $_}++ } map { s/^\\s+|\\s+$//gr } <STDIN>;\nprint join(\"\\n\", sort @uniq), \"\\n\";"],
    "r": ["summarise_by <- function(df, key, value) {\n  agg <- tapply(df[[value]], df[[key]], mean, na.rm = TRUE)\n  data.frame(key = names(agg), mean = as.numeric(agg))\n}"],
    "julia": ["function newton(f, df, x; tol=1e-10, maxiter=50)\n    for _ in 1:maxiter\n        step = f(x) / df(x)\n        x -= step\n        abs(step) < tol && return x\n    end\n    error(\"no convergence\")\nend"],
    "zig": ["fn sum(comptime T: type, xs: []const T) T {\n    var total: T = 0;\n    for (xs) |x| total += x;\n    return total;\n}"],
    "assembly": ["strlen:\n    xor eax, eax\n.next:\n    cmp byte [rdi + rax], 0\n    je .done\n    inc rax\n    jmp .next\n.done:\n    ret"],
    "html": ["<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Search</title></head>\n<body><form action=\"/search\"><input name=\"q\" autofocus><button>Go</button></form></body>\n</html>"],
    "css": [".grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: .5rem }\n@media (prefers-color-scheme: dark) { :root { --bg: #111; --fg: #eee } }"],
    "yaml": ["services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: example\n    ports: [\"5432:5432\"]\n    healthcheck: {test: [\"CMD\", \"pg_isready\"], interval: 5s}"],
    "json": ['{"name": "loradex", "adapters": [{"id": "go", "weight": 1}, {"id": "tests", "weight": -0.5}], "k": 10, "nested": {"null": null, "list": [1, 2.5e-3, true]}}'],
    "dockerfile": ["FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /out/app ./cmd/app\nFROM scratch\nCOPY --from=build /out/app /app\nENTRYPOINT [\"/app\"]"],
    "makefile": [".PHONY: test\ntest: build\n\t@go test ./... | tee test.log\n%.o: %.c\n\t$(CC) $(CFLAGS) -c -o $@ $<"],
    "regex": [r"^(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})$"],
    "diff": ["@@ -10,7 +10,8 @@ func run(ctx context.Context) error {\n-\tdefer f.Close()\n+\tdefer func() { err = errors.Join(err, f.Close()) }()\n+\n \treturn nil"],
    "protobuf": ["message Chunk {\n  string path = 1;\n  uint32 start_line = 2;\n  uint32 end_line = 3;\n  repeated float vector = 4 [packed = true];\n}"],
    "latex": ["\\begin{equation}\n  y = s \\circ (W x + b) + \\sum_k g_k \\left( B_k \\sigma_k(A_k x + a_k) + b_k \\right)\n\\end{equation}"],
    "go": [
        "func Reverse[S ~[]E, E any](s S) S {\n\tfor i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {\n\t\ts[i], s[j] = s[j], s[i]\n\t}\n\treturn s\n}",
        "select {\ncase <-ctx.Done():\n\treturn ctx.Err()\ncase job, ok := <-queue:\n\tif !ok {\n\t\treturn nil\n\t}\n\tresults <- job.Run()\n}",
    ],
}

PROSE = [
    "How do I read a file line by line?",
    "parse an ISO 8601 date and keep the time zone",
    "where is the retry with exponential backoff implemented",
    "function that splits an identifier into camelCase parts",
    "The index keeps one row per chunk. A row names the file, the first and last line, and the digest of the exact text that was encoded, so that a moved file costs nothing.",
    "Returns the number of bytes written and the first error met; a short write is always an error.",
    "Deprecated: use NewReaderSize with an explicit size instead.",
    "## Installation\n\n1. Install a C compiler.\n2. Run `make demo`.\n3. Read the *README* for the other commands.\n\n> Nothing leaves the machine.",
    "It was a bright cold morning, and the build had been red for three days; nobody could say why, least of all the person who had broken it.",
    "TODO(anna): this leaks a goroutine when the caller gives up early. See the discussion in #4121.",
    "panic: runtime error: index out of range [5] with length 5\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/app/main.go:14 +0x1d",
    "Traceback (most recent call last):\n  File \"app.py\", line 3, in <module>\n    main()\nKeyError: 'user_id'",
    "error[E0382]: borrow of moved value: `names`",
    "undefined reference to `pthread_create'",
    "Der schnelle braune Fuchs springt über den faulen Hund; Größe, Straße, Äpfel und Öl.",
    "Où est la bibliothèque ? L'été dernier, nous avons mangé des crêpes près de l'hôtel.",
    "¿Cómo se ordena una lista de números en orden descendente? ¡Muy fácil, señor!",
    "Zażółć gęślą jaźń. Pójdźże, kiń tę chmurność w głąb flaszy.",
    "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "Bakaou: İstanbul'da ılık bir gün; ışık, ığdır, İZMİR ve şehir.",
    "Cà phê sữa đá và phở bò ở Hà Nội rất ngon.",
    "a",
    "I",
    "x = 1",
    "0123456789 3.14159 1e-9 0xDEADBEEF 0b1010 1_000_000 ١٢٣",
    "getHTTPResponseCode snake_case_name kebab-case-name SCREAMING_SNAKE PascalCaseXMLParser v2Beta1",
    "https://example.org/a/b?c=d&e=%20f#frag user@example.org ftp://10.0.0.1:2121/",
    "C:\\Program Files\\Example\\bin\\app.exe --flag=value /?",
    "don't can't it's we've o'clock rock'n'roll 'quoted' \"double\" `back`",
    "e.g. i.e. etc. Mr. Smith vs. Dr. Who... wait?! no -- yes --- maybe…",
]

UNICODE = [
    "检查字符串是否为回文", "如何在 Go 语言中读取文件？使用 os.ReadFile 函数。", "繁體中文：資料庫連線與查詢",
    "ファイルを一行ずつ読み込む関数", "カタカナ ひらがな 漢字 ﾊﾝｶｸ ｶﾞ", "문자열을 뒤집는 함수를 작성하시오", "한글 자모 ㄱㄴㄷ ㅏㅑ 각",
    "𠀀𠀁 rare CJK 𪚥 extension B and 㐀 extension A", "豈更車 compatibility ideographs and ⼀⼁ radicals",
    "Привет, мир! Ёжик и йод.", "Ελληνικά: άέήίόύώ Σίσυφος ΣΑΣ", "Ћирилица и latinica zajedno",
    "مرحبا بالعالم، كيف حالك؟", "שלום עולם, מה שלומך?", "שָׁלוֹם with niqqud and الْعَرَبِيَّة with harakat",
    "mixed \u202eRTL override\u202c and \u200fmarks\u200e and \u2067isolate\u2069",
    "नमस्ते दुनिया, क्षत्रिय", "สวัสดีชาวโลก ภาษาไทยไม่มีช่องว่าง", "வணக்கம் உலகம்", "გამარჯობა მსოფლიო", "Բարեւ աշխարհ", "ሰላም ልዑል", "မင်္ဂလာပါ", "ភាសាខ្មែរ",
    "😀 😃 emoji with text 🎉 deploy 🚀", "👩‍👩‍👧‍👦 family, 👍🏽 skin tone, 🏳️‍🌈 flag, 🇩🇪🇫🇷 regional, 1️⃣ keycap", "🫠🫡🫥 newer emoji 🪿🫨", "☺︎ ☺️ text and emoji style", "return \"✓\" if ok else \"✗\"",
    "e\u0301 vs é, n\u0303 vs ñ, A\u030a vs Å vs Å", "Z\u0351\u036b\u0343\u032a\u0302a\u0351\u036bl\u034f\u0302g\u0303\u0321o\u033c many combining marks", "ﬁ ﬂ ﬃ ligatures, ½ ¼ fractions, ² ³ ₁ ₂, ™ © ® №",
    "ＦＵＬＬＷＩＤＴＨ　ｌｅｔｔｅｒｓ　１２３", "𝒎𝒂𝒕𝒉 𝔽𝕣𝕒𝕜𝕥𝕦𝕣 𝟙𝟚𝟛", "ẞ ß ŉ ǰ ΐ special case mappings, İ ı ſ K Å",
    "nbsp\u00a0here, thin\u2009space, zero\u200bwidth, joiner\u200d, non\u200cjoiner, word\u2060joiner, \ufeffBOM", "soft\u00adhyphen and figure\u2007space and ideographic\u3000space and line\u2028separator and paragraph\u2029separator",
    "tab\there\nnew line\r\nCRLF\rCR\x0bVT\x0cFF\x85NEL", "controls:\x01\x02\x03\x07\x08\x1b[31mred\x1b[0m\x7f end", "C1\x80\x81\x9f controls\x90", "private use \ue000\uf8ff\U000f0000 and noncharacters \ufffe\uffff\U0010ffff",
    "replacement \ufffd character \ufffd\ufffd", "unassigned \u0378\u0379 and tags \U000e0001\U000e0041", "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋ ∧ α∧¬β ≡ ¬(¬α∨β) ∑∏∫√∞≠≤≥", "→ ⇒ ↦ λ μ π ⟨a|b⟩ ⊕ ⊗ box ┌─┐│└┘ braille ⠓⠑", "„low quotes“ «guillemets» ‚single‘ ‹angle› “curly” ‘single’ – — ― ・、。「」",
    "₿ € £ ¥ ₹ ₽ ¢ ¤ § ¶ † ‡ • ° ′ ″", "ａ\u0301\u0327 order of marks a\u0327\u0301", "Ǆ ǅ ǆ Ĳ ĳ ᾈ ᾀ title case letters", "\u1e9b\u0323 canonical order and \u212b angstrom \u2126 ohm",
    "Ꭰ Ꭱ ꭰ ꭱ Cherokee case pairs, Ა ა Georgian mtavruli", "𐐀𐐨 Deseret, 𞤀𞤢 Adlam", "x̄ ȳ p̂ q̃ r⃗ s̈ t̊", "1٢३၄៥６ digits of many scripts", "a\u0300" * 40,
]

SPECIAL = [
    "[CLS] [MASK]", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "before [SEP] after", "a[SEP]b[CLS]c", "[cls] [sep] [mask] [pad] [unk]", "[ MASK ] [MASK ] [Mask]",
    "[PAD][PAD][PAD][PAD]", "[SEP] [SEP] [SEP]", "##ing ##ed un ##believ ##able", "[unused0] [unused99] [unused1]", "<s> </s> <pad> <mask> <unk> <|endoftext|> <encoder-only>", "The capital of France is [MASK].", "list[MASK] = x[CLS][0]",
    "\\[CLS\\] &lt;s&gt; %5BMASK%5D",
]


def edge():
    """Empty, blank, very long, one endless word, runs of one sign, lengths just around the window."""
    word = "window"
    return [
        "", " ", "   \t\n  ", "\n\n\n", "\u00a0\u3000\u2003", "\u200b\u200d\ufeff", "\x01\x02\x03", "\ufffd", ".", "-", "_", "'", "🙂", "中",
        "a" * 99, "a" * 100, "a" * 101, "b" * 5000, "supercalifragilisticexpialidocious" * 2, "x1" * 60, "é" * 100, "é" * 101, "中" * 300, "!" * 300, "_" * 150, "=" * 80, "0" * 120,
        *(" ".join([word] * n) for n in (125, 126, 127, 253, 254, 255, 256, 257, 509, 510, 511, 600)),
        " ".join(f"token{i}" for i in range(400)),
        "The same sentence again and again, until the window ends. " * 60,
        "if (a[i] != b[j]) { swap(&a[i], &b[j]); } " * 40,
        "漢字かな交じり文を何度も繰り返す。" * 40,
        "🚀🔥" * 200,
        "The window ends inside a special token look-alike. " * 21 + "[MASK] [SEP] " * 20,
        "word\n" * 300,
        "  leading and trailing blanks  ", "\n\tindented\n\t\tmore\n", "CamelCaseWithoutAnyBreaksAtAllThatGoesOnAndOnAndOnUntilItIsLongerThanOneHundredCharactersInOneSingleWordXYZ",
    ]
