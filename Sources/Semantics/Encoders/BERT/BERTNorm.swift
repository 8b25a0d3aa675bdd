/// Weights and bias that follow a normalisation of rows.
struct BERTNorm: Sendable {
    let weight: FloatBlock
    let bias: FloatBlock

    init(_ name: String, width: Int, in file: BERTTensors) throws(EncoderFault) {
        weight = FloatBlock(count: width)
        bias = FloatBlock(count: width)
        // Models converted from the first releases still have these names.
        let isOld = file.has("\(name).gamma")
        try file.read("\(name).\(isOld ? "gamma" : "weight")", [width], into: weight)
        try file.read("\(name).\(isOld ? "beta" : "bias")", [width], into: bias)
    }
}
