/// What a model's files say about its tokenizer: the vocabulary, how text is cut, the tokens around a text.
struct TokenizerFile: Sendable {
    /// By id; empty where an id has no token.
    var tokens: [String] = []
    var lowercases = false
    var stripsAccents = false
    var handlesChinese = false
    var unknown = "[UNK]"
    /// Ids put before and after every text.
    var opening: Int32?
    var closing: Int32?

    static let place = "tokenizer.json"

    /// From tokenizer.json, or else from vocab.txt and tokenizer_config.json.
    init(in directory: ModelDirectory) throws(EncoderFault) {
        if directory.has(Self.place) {
            try read(try directory.json(Self.place), place: directory.path(of: Self.place))
        } else if directory.has("vocab.txt") {
            try readVocabulary(in: directory)
        } else {
            throw EncoderFault(
                directory.path(of: Self.place),
                "expected tokenizer.json or vocab.txt, found neither; copy the model's whole directory here")
        }
    }

    var vocabulary: WordPieceVocabulary {
        WordPieceVocabulary(
            tokens: tokens, lowercases: lowercases, stripsAccents: stripsAccents, handlesChinese: handlesChinese,
            unknown: unknown)
    }

    /// The id of a token by its bytes.
    func id(of token: String) -> Int32? {
        tokens.firstIndex { $0.utf8.elementsEqual(token.utf8) }.map(Int32.init)
    }

    // MARK: tokenizer.json

    private mutating func read(_ tree: JSONTree, place: String) throws(EncoderFault) {
        try readModel(tree["model"] ?? .null, added: tree["added_tokens"]?.elements ?? [], place: place)
        try readNormalizer(tree["normalizer"] ?? .null, place: place)
        try checkPreTokenizer(tree["pre_tokenizer"] ?? .null, place: place)
        readSpecialTokens(tree["post_processor"] ?? .null)
    }

    private mutating func readModel(_ model: JSONTree, added: [JSONTree], place: String) throws(EncoderFault) {
        // Files of the first versions have no type.
        let type = model["type"]?.string ?? (model["continuing_subword_prefix"] == nil ? "none" : "WordPiece")
        guard type == "WordPiece" else {
            throw EncoderFault(
                "\(place): model.type",
                "expected WordPiece, found \(type.prefix(40)); "
                    + "use a model with a BERT tokenizer, or an embeddings endpoint")
        }
        let prefix = model["continuing_subword_prefix"]?.string ?? "##"
        guard prefix == "##" else {
            throw EncoderFault(
                "\(place): model.continuing_subword_prefix",
                "expected ##, found \(prefix.prefix(40)); use another model")
        }
        unknown = model["unk_token"]?.string ?? unknown
        guard let members = model["vocab"]?.members, !members.isEmpty else {
            throw EncoderFault(
                "\(place): model.vocab", "expected tokens with their ids, found none; copy the file again")
        }
        var places = members.map { ($0.name, $0.value.integer) }
        places += added.compactMap { token in token["content"]?.string.map { ($0, token["id"]?.integer) } }
        // Ids may have gaps, but not such that a wrong one asks for gigabytes.
        let bound = 2 * places.count + 1024
        var largest = 0
        for (token, id) in places {
            guard let id, id >= 0, id < bound else {
                throw EncoderFault(
                    "\(place): model.vocab",
                    "expected ids from 0 to \(bound), found another for "
                        + "\(token.prefix(40)); copy the file again")
            }
            largest = max(largest, id)
        }
        tokens = [String](repeating: "", count: largest + 1)
        for (token, id) in places { tokens[id ?? 0] = token }
    }

    private mutating func readNormalizer(_ normalizer: JSONTree, place: String) throws(EncoderFault) {
        if normalizer.isNull { return }
        switch normalizer["type"]?.string {
        case "BertNormalizer":
            let lowers = normalizer["lowercase"]?.bool ?? true
            lowercases = lowercases || lowers
            stripsAccents = stripsAccents || normalizer["strip_accents"]?.bool ?? lowers
            handlesChinese = handlesChinese || normalizer["handle_chinese_chars"]?.bool ?? true
        case "Lowercase": lowercases = true
        case "StripAccents": stripsAccents = true
        // By itself, it changes nothing that accents and case do not.
        case "NFD", "NFC": break
        case "Sequence":
            for part in normalizer["normalizers"]?.elements ?? [] { try readStep(part, place: place) }
        default: throw Self.unsupported("normalizer", normalizer, "BertNormalizer", place: place)
        }
    }

    /// A part of a sequence, which is no sequence itself.
    private mutating func readStep(_ step: JSONTree, place: String) throws(EncoderFault) {
        guard step["type"]?.string != "Sequence" else {
            throw Self.unsupported("normalizer", step, "BertNormalizer", place: place)
        }
        try readNormalizer(step, place: place)
    }

    private func checkPreTokenizer(_ tree: JSONTree, place: String) throws(EncoderFault) {
        let parts = tree["type"]?.string == "Sequence" ? tree["pretokenizers"]?.elements ?? [] : [tree]
        for part in parts where part["type"]?.string != "BertPreTokenizer" {
            throw Self.unsupported("pre_tokenizer", part, "BertPreTokenizer", place: place)
        }
    }

    /// `[CLS]` and `[SEP]`, by what puts them around a text, or by their usual names.
    private mutating func readSpecialTokens(_ processor: JSONTree) {
        opening = id(of: "[CLS]")
        closing = id(of: "[SEP]")
        switch processor["type"]?.string {
        case "TemplateProcessing":
            let parts = processor["single"]?.elements ?? []
            let names = parts.map { $0["SpecialToken"]?["id"]?.string }
            let ids = names.map { name in
                name.flatMap {
                    processor["special_tokens"]?[$0]?["ids"]?.elements?.first?.integer.flatMap(Int32.init(exactly:))
                }
            }
            guard let text = names.firstIndex(of: nil) else { return }
            opening = ids[..<text].first ?? opening
            closing = ids[(text + 1)...].last ?? closing
        case "BertProcessing":
            opening = processor["cls"]?.elements?.last?.integer.flatMap(Int32.init(exactly:)) ?? opening
            closing = processor["sep"]?.elements?.last?.integer.flatMap(Int32.init(exactly:)) ?? closing
        default: break
        }
    }

    private static func unsupported(
        _ part: String, _ found: JSONTree, _ expected: String, place: String
    ) -> EncoderFault {
        let found = found["type"]?.string ?? "none"
        return EncoderFault(
            "\(place): \(part)",
            "expected \(expected), found \(found.prefix(40)); "
                + "use a model with a BERT tokenizer, or an embeddings endpoint")
    }
}

// MARK: vocab.txt

extension TokenizerFile {
    private mutating func readVocabulary(in directory: ModelDirectory) throws(EncoderFault) {
        var lines = try directory.bytes("vocab.txt").split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        tokens = lines.map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
        let config = try directory.jsonIfPresent("tokenizer_config.json")
        lowercases = config?["do_lower_case"]?.bool ?? true
        stripsAccents = config?["strip_accents"]?.bool ?? lowercases
        handlesChinese = config?["tokenize_chinese_chars"]?.bool ?? true
        opening = id(of: "[CLS]")
        closing = id(of: "[SEP]")
        guard id(of: unknown) != nil else {
            throw EncoderFault(
                directory.path(of: "vocab.txt"),
                "expected a WordPiece vocabulary with [UNK], found none; copy the file again")
        }
    }
}
