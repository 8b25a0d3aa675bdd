/// The weights of one layer.
struct BERTLayer: Sendable {
    /// Query, key and value, one after the other.
    let attention: BERTLinear
    let attentionOutput: BERTLinear
    let attentionNorm: BERTNorm
    let inner: BERTLinear
    let output: BERTLinear
    let outputNorm: BERTNorm

    init(_ index: Int, _ shape: BERTShape, in file: BERTTensors) throws(EncoderFault) {
        let name = "encoder.layer.\(index)"
        let width = shape.width
        attention = try BERTLinear(
            ["query", "key", "value"].map { "\(name).attention.self.\($0)" }, inputs: width, outputs: width, in: file)
        attentionOutput = try BERTLinear(["\(name).attention.output.dense"], inputs: width, outputs: width, in: file)
        attentionNorm = try BERTNorm("\(name).attention.output.LayerNorm", width: width, in: file)
        inner = try BERTLinear(["\(name).intermediate.dense"], inputs: width, outputs: shape.inner, in: file)
        output = try BERTLinear(["\(name).output.dense"], inputs: shape.inner, outputs: width, in: file)
        outputNorm = try BERTNorm("\(name).output.LayerNorm", width: width, in: file)
    }
}
