/**
 * Models behind the Chat Completions API: those of OpenAI, Ollama, vLLM and gateways.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/arcan/OpenAiModel.js"
