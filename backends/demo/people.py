"""Who works in the simulated lab, on what, and what they call it."""

from collections.abc import Sequence
from random import Random

import msgspec


class Person(msgspec.Struct, frozen=True):
    """Somebody who submits jobs."""

    user: str
    uid: int
    project: str


class Task(msgspec.Struct, frozen=True):
    """A thing that people run."""

    name: str
    curve: str
    """A key of `curves.CURVES`."""
    command: str
    memory: float
    """Share of a card's memory at most."""
    effort: float
    """Share of the power limit that it draws at full utilisation."""


PEOPLE = tuple(
    Person(user, 20_001 + index, project)
    for index, (user, project) in enumerate(
        (
            ("wang", "nlp"),
            ("li", "rl"),
            ("zhao", "cv"),
            ("chen", "nlp"),
            ("garcia", "speech"),
            ("okafor", "multimodal"),
            ("liu", "recsys"),
            ("novak", "bio"),
            ("zhang", "multimodal"),
            ("smith", "safety"),
            ("sun", "robotics"),
            ("tanaka", "speech"),
            ("haddad", "cv"),
            ("xu", "infra"),
            ("mueller", "bio"),
            ("lin", "rl"),
        )
    )
)

_TORCHRUN = "python -m torch.distributed.run --nnodes={nodes} --nproc-per-node={cards} "

LARGE = (
    Task("llama-sft", "training", _TORCHRUN + "train.py --config configs/llama-sft.yaml", 0.93, 0.94),
    Task("qwen-pretrain", "training", _TORCHRUN + "pretrain.py --config configs/qwen-7b.yaml --bf16", 0.96, 0.99),
    Task("moe-ablation", "training", _TORCHRUN + "pretrain.py --config configs/moe-16x.yaml", 0.91, 0.90),
    Task("video-diffusion", "training", _TORCHRUN + "train_video.py --config configs/dit-xl.yaml", 0.88, 0.95),
    Task("clip-zh", "data_bound", _TORCHRUN + "train_clip.py --data /data/webimages --workers 16", 0.72, 0.78),
    Task("protein-fold", "training", _TORCHRUN + "fold.py --config configs/monomer.yaml", 0.84, 0.87),
)
MIDDLE = (
    Task("dpo-7b", "training", _TORCHRUN + "dpo.py --config configs/dpo-7b.yaml", 0.90, 0.92),
    Task("whisper-ft", "data_bound", _TORCHRUN + "finetune.py --model whisper-large --data /data/speech", 0.64, 0.75),
    Task("vit-large", "training", _TORCHRUN + "train.py --config configs/vit-l16.yaml", 0.81, 0.91),
    Task("ppo-walker", "data_bound", "python ppo.py --env walker --num-envs 4096", 0.38, 0.62),
    Task("vllm-qwen", "service", "vllm serve /models/qwen-72b --tensor-parallel-size {cards}", 0.92, 0.80),
    Task("ranker", "training", _TORCHRUN + "train_ranker.py --config configs/ctr.yaml", 0.70, 0.83),
)
SMALL = (
    Task("eval-mmlu", "evaluation", "python evaluate.py --suite mmlu --model /models/run-31", 0.66, 0.86),
    Task("lora-sweep", "training", "python train_lora.py --rank 16 --config configs/lora.yaml", 0.58, 0.88),
    Task("notebook", "notebook", "python -m ipykernel_launcher -f /run/user/kernel-4f1c.json", 0.31, 0.70),
    Task("detector", "data_bound", "python train_yolo.py --data coco.yaml --batch 64", 0.49, 0.80),
    Task("tts-serve", "service", "python serve_tts.py --port 8000 --model /models/tts-zh", 0.27, 0.66),
    Task("embed-corpus", "evaluation", "python embed.py --shards 32 --out /scratch/embeddings", 0.44, 0.84),
    Task("grasping", "training", "python train_grasp.py --sim isaac --envs 1024", 0.52, 0.79),
)
PLAIN = (
    Task("tokenise", "evaluation", "python tokenise.py --in /data/raw --out /data/tokens --workers 96", 0.0, 0.0),
    Task("dedup", "data_bound", "python dedup.py --minhash --in /data/crawl", 0.0, 0.0),
    Task("render-report", "notebook", "quarto render report.qmd", 0.0, 0.0),
)


def draw(rng: Random, cards: int) -> tuple[Person, Task]:
    """Draw who runs what on so many cards; 0 is a node without cards."""
    tasks = _of_size(cards)
    return PEOPLE[int(rng.random() * len(PEOPLE))], tasks[int(rng.random() * len(tasks))]


def _of_size(cards: int) -> Sequence[Task]:
    if cards == 0:
        return PLAIN
    if cards == 1:
        return SMALL
    return MIDDLE if cards < 8 else LARGE
