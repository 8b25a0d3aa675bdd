/// The tensors of a BERT model by their names without `bert.`, which models saved for another task have before them.
struct BERTTensors {
    let file: SafetensorsFile
    private let prefix: String

    init(_ path: String) throws(EncoderFault) {
        file = try SafetensorsFile(path)
        prefix = file.tensors["bert.embeddings.word_embeddings.weight"] == nil ? "" : "bert."
    }

    func has(_ name: String) -> Bool { file.tensors[prefix + name] != nil }

    func tensor(_ name: String, _ shape: [Int]) throws(EncoderFault) -> Tensor {
        try file.tensor(prefix + name, shape: shape)
    }

    func read(_ name: String, _ shape: [Int], into block: FloatBlock, at offset: Int = 0) throws(EncoderFault) {
        try file.read(try tensor(name, shape), into: block, at: offset)
    }
}
