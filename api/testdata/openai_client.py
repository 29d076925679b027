"""Asks a server for embeddings through OpenAI's client: openai_client.py URL. Prints ok, or fails."""

import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0)

# The fake encoder of the tests: bytes of the text, role, sum of the mix's weights.
answer = client.embeddings.create(model="base", input="read a file")  # asks for base64 and decodes it
assert answer.object == "list" and answer.model == "base", answer
assert [d.index for d in answer.data] == [0] and answer.data[0].object == "embedding", answer
assert answer.data[0].embedding == [11.0, 0.0, 0.0], answer
assert answer.usage.prompt_tokens == answer.usage.total_tokens == 5, answer

answer = client.embeddings.create(model="base:go*0.5", input=["a", "bc"], encoding_format="float", dimensions=3)
assert [d.embedding for d in answer.data] == [[1, 0, 0.5], [2, 0, 0.5]], answer
assert answer.model == "base:go*0.5", answer

answer = client.embeddings.create(model="base", input=["a", "b"],
                                  extra_body={"input_type": "query", "mixes": ["none", {"adapters": [{"id": "go"}]}]})
assert [d.embedding for d in answer.data] == [[1, 1, 0], [1, 1, 1]], answer

answer = client.embeddings.create(model="tiny:go", input=[[1, 2], [34]])  # tokens; the model by its own name
assert [d.embedding for d in answer.data] == [[6, 0, 1], [4, 0, 1]], answer
assert answer.model == "tiny:go", answer


def refused(kind, status, code, **request):
    try:
        client.embeddings.create(**request)
    except kind as err:
        assert err.status_code == status, err
        assert err.body["code"] == code and err.body["status"] == status and err.body["title"], err.body
        assert err.body["message"] in str(err), err  # what its user reads
        return
    raise AssertionError(f"{request} is not refused")


refused(openai.NotFoundError, 404, "not_found", model="text-embedding-3-small", input="a")
refused(openai.NotFoundError, 404, "not_found", model="base:rust", input="a")
refused(openai.BadRequestError, 400, "invalid", model="base", input=[])
refused(openai.BadRequestError, 400, "invalid", model="base", input=[1, 2000])
refused(openai.BadRequestError, 400, "invalid", model="base", input="a", dimensions=2)
refused(openai.UnprocessableEntityError, 422, "unsupported", model="base", input="fail unsupported")
refused(openai.InternalServerError, 503, "unavailable", model="base", input="fail unavailable")
print("ok")
