# docker build -t autoencoder-playground .
# docker run --rm -p 8501:8501 -v playground-runs:/data autoencoder-playground
# With a GPU: add --build-arg TORCH_INDEX=https://pypi.org/simple to the build, and --gpus all to the run.
FROM python:3.12-slim

# tini reaps the workers that were killed, which a Python process as PID 1 leaves as zombies.
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/*

# The CPU build of torch by default: "2.13.0+cpu" of this index counts as newer than PyPI's "2.13.0" with its CUDA libraries.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --extra-index-url "$TORCH_INDEX" -r requirements.txt

RUN useradd --uid 1000 --create-home playground \
    && install -d -o playground -g playground /data
COPY . .

ENV OMP_NUM_THREADS=1 \
    PLAYGROUND_STORE=/data \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8501
USER playground

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]

ENTRYPOINT ["tini", "--"]
CMD ["streamlit", "run", "app.py", "--server.headless=true", "--server.address=0.0.0.0"]
